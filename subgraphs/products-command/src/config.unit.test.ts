import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCommandSubgraphConfig } from './config.ts';

test('replicas are told by host and port, by name or address', () => {
  assert.deepEqual(readCommandSubgraphConfig({ WRITER_ADDRESS: 'a:1, 10.0.0.7:2' }).WRITER_ADDRESS, [
    'a:1',
    '10.0.0.7:2',
  ]);
});

test('what could never work is refused, all of it at once', () => {
  assert.throws(
    () => readCommandSubgraphConfig({ WRITER_ADDRESS: 'a', PUBLISH_DEADLINE_MS: '0', MAX_WAITING_COMMANDS: '0' }),
    {
      problems: [
        'WRITER_ADDRESS=a: is not a list of host:port',
        'PUBLISH_DEADLINE_MS=0: is not a whole number of milliseconds above 0',
        'MAX_WAITING_COMMANDS=0: is not a whole number above 0',
      ],
    },
  );
});
