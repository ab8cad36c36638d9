import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@tributary/service';
import { readWriterConfig } from './config.ts';

test('every malformed variable is named, without its secret', () => {
  const env = {
    DATABASE_URL: 'http://user:secret@a/there',
    DATABASE_MAX_CONNECTIONS: '0',
    INBOX_RETENTION_MS: '0',
    MAX_BATCH_COMMANDS: '-1',
    MAX_OUTBOX_BACKLOG: 'many',
  };
  assert.throws(
    () => readWriterConfig(env),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(
        error.problems.map((problem) => /^\w+/.exec(problem)?.[0]),
        Object.keys(env),
      );
      assert.doesNotMatch(error.message, /secret/);
      return true;
    },
  );
});
