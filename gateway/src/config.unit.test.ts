import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigError } from '@tributary/service';
import { readGatewayConfig as read } from './config.ts';

const CURSOR_KEYS = 'first:a-secret-of-thirty-two-characters';
const readGatewayConfig = (env: Record<string, string>) => read({ CURSOR_KEYS, ...env });

test('several replicas and origins are read from lists', () => {
  const config = readGatewayConfig({
    COMMANDS_URL: 'http://a:1, http://b:1',
    ALLOWED_ORIGINS: 'https://a.example, https://b.example',
  });
  assert.deepEqual(config.COMMANDS_URL, ['http://a:1', 'http://b:1']);
  assert.deepEqual(config.ALLOWED_ORIGINS, ['https://a.example', 'https://b.example']);
  assert.deepEqual(readGatewayConfig({}).ALLOWED_ORIGINS, []);
});

test('further subgraphs are read by name, each with its replicas', () => {
  const { SUBGRAPH_URLS } = readGatewayConfig({
    SUBGRAPH_URLS: 'inventory=http://a:1/graphql  http://b:1/graphql?x=1,reviews = https://c:1',
  });
  assert.deepEqual(
    { ...SUBGRAPH_URLS },
    { inventory: ['http://a:1/graphql', 'http://b:1/graphql?x=1'], reviews: ['https://c:1'] },
  );
  assert.deepEqual({ ...readGatewayConfig({}).SUBGRAPH_URLS }, {});
});

for (const [wrong, why] of [
  ['inventory', 'is not a list'],
  ['inventory=', 'is not a list'],
  ['=http://a:1', 'is not a list'],
  ['inventory=ftp://a:1', 'is not a list'],
  ['inventory=http://a:1, inventory=http://b:1', 'names inventory twice'],
  ['products-query=http://a:1', 'cannot say where products-query answers'],
] as const)
  test(`further subgraphs given as ${wrong} are refused`, () => {
    assert.throws(
      () => readGatewayConfig({ SUBGRAPH_URLS: wrong }),
      (error) => error instanceof ConfigError && error.message.includes(why),
    );
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

test('a gateway does not start without a key for its cursors, which all replicas must share', () => {
  assert.throws(() => readGatewayConfig({ CURSOR_KEYS: '' }), {
    code: 'BAD_CONFIG',
    message: /CURSOR_KEYS is missing/,
  });
  const secret = 'another-secret-of-thirty-two-chars';
  assert.deepEqual(
    readGatewayConfig({ CURSOR_KEYS: `${CURSOR_KEYS}, second:${secret}` }).CURSOR_KEYS.map(({ id }) => id),
    ['first', 'second'],
  );
  for (const [keys, why] of [
    ['first:short', /at least 32 characters/],
    ['no-id-at-all-but-thirty-two-characters', /<id>:<secret>/],
    [`${CURSOR_KEYS},first:${secret}`, /twice/],
  ] as const)
    assert.throws(
      () => readGatewayConfig({ CURSOR_KEYS: keys }),
      (error: Error) => why.test(error.message) && !error.message.includes(keys),
      keys,
    );
});
