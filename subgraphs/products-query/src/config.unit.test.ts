import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readQuerySubgraphConfig } from './config.ts';

test('replicas are told by host and port, by name or address', () => {
  assert.deepEqual(readQuerySubgraphConfig({ READER_ADDRESS: 'a:1, 10.0.0.7:2' }).READER_ADDRESS, [
    'a:1',
    '10.0.0.7:2',
  ]);
});

test('what could never work is refused, all of it at once', () => {
  assert.throws(() => readQuerySubgraphConfig({ READER_ADDRESS: 'a', READ_DEADLINE_MS: '0', READ_WAIT_MS: '10001' }), {
    problems: [
      'READER_ADDRESS=a: is not a list of host:port',
      'READ_WAIT_MS=10001: is more than 10000',
      'READ_DEADLINE_MS=0: is not a whole number of milliseconds above 0',
    ],
  });
});
