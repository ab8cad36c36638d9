import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@tributary/service';
import { readGatewayConfig } from './config.ts';

test('several replicas and origins are read from lists', () => {
  const config = readGatewayConfig({
    COMMANDS_URL: 'http://a:1, http://b:1',
    ALLOWED_ORIGINS: 'https://a.example, https://b.example',
  });
  assert.deepEqual(config.COMMANDS_URL, ['http://a:1', 'http://b:1']);
  assert.deepEqual(config.ALLOWED_ORIGINS, ['https://a.example', 'https://b.example']);
  assert.deepEqual(readGatewayConfig({}).ALLOWED_ORIGINS, []);
});

test('every malformed variable is named', () => {
  assert.throws(
    () =>
      readGatewayConfig({
        COMMANDS_URL: 'http://a:1,nowhere',
        QUERIES_URL: 'ftp://a',
        ALLOWED_ORIGINS: 'https://a.example/path',
        SUBGRAPH_TIMEOUT_MS: '0',
        SUBGRAPH_CONNECTIONS: '0',
        MAX_QUERY_DEPTH: '-1',
      }),
    (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(
        error.problems.map((problem) => problem.split('=')[0]),
        [
          'COMMANDS_URL',
          'QUERIES_URL',
          'SUBGRAPH_TIMEOUT_MS',
          'SUBGRAPH_CONNECTIONS',
          'ALLOWED_ORIGINS',
          'MAX_QUERY_DEPTH',
        ],
      );
      return true;
    },
  );
});
