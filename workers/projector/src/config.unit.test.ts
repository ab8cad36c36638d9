import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@tributary/service';
import { readProjectorConfig } from './config.ts';

test('a replica set is named with all its members, writers with all their replicas', () => {
  const config = readProjectorConfig({
    MONGODB_URL: 'mongodb://user:secret@a:27017,b:27017/?replicaSet=rs0',
    WRITER_ADDRESS: 'writer-1:5002, writer-2:5002',
  });
  assert.equal(config.MONGODB_URL, 'mongodb://user:secret@a:27017,b:27017/?replicaSet=rs0');
  assert.deepEqual(config.WRITER_ADDRESS, ['writer-1:5002', 'writer-2:5002']);
  assert.deepEqual(readProjectorConfig({}).ROLES, ['reader', 'projector']);
});

test('every malformed variable is named, without its secret', () => {
  const env = {
    ROLES: 'reader,writer',
    MONGODB_URL: 'http://user:secret@a',
    REDIS_URL: 'a:6379',
    CACHE_TTL_MS: '0',
    WRITER_ADDRESS: 'writer-1',
    OUTCOMES_RETENTION_MS: 'a week',
    MAX_WAITING_READS: '0',
  };
  assert.throws(
    () => readProjectorConfig(env),
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
