import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prefersPlainJson } from './request-errors.ts';
import { testGateway } from './testing/gateway.ts';
import { PRODUCT_ID } from './testing/products.ts';

const PLAIN = 'application/json';
const RESPONSE = 'application/graphql-response+json';

test('plain JSON is preferred where it is named, and as the rules of negotiation say', () => {
  for (const [accept, expected] of [
    [PLAIN, true],
    ['Application/JSON; charset=utf-8', true],
    [`${PLAIN}, text/plain, */*`, true],
    [`${PLAIN}, ${RESPONSE}`, true],
    [`${RESPONSE};q=0.5, ${PLAIN}`, true],
    [RESPONSE, false],
    [`${RESPONSE}, ${PLAIN};q=0.9`, false],
    [`${RESPONSE}, ${PLAIN}`, false],
    [`${PLAIN};q=0.5, */*`, false],
    [`${PLAIN};q=0`, false],
    ['*/*', false],
    ['application/*', false],
    ['', false],
  ] as const)
    assert.equal(prefersPlainJson(accept), expected, accept);
});

test('the type that a client prefers decides the status of an operation that cannot begin', async (t) => {
  const gateway = await testGateway(t);
  const operations = [
    { query: '{' },
    { query: '{ nothing }' },
    { query: 'query A { __typename } query B { __typename }' },
    { query: 'query ($id: ID!) { product(id: $id) { id } }', variables: { id: null } },
  ];
  for (const operation of operations) {
    for (const [accept, status, type] of [
      [PLAIN, 200, PLAIN],
      [`${PLAIN}, ${RESPONSE}`, 200, PLAIN],
      [RESPONSE, 400, RESPONSE],
      [`${RESPONSE}, ${PLAIN};q=0.9`, 400, RESPONSE],
      [`${PLAIN};q=0.5, */*`, 400, RESPONSE],
      ['*/*', 400, PLAIN],
    ] as const) {
      const answer = await gateway.post(operation, { accept });
      const what = `${JSON.stringify(operation)} as ${accept}`;
      assert.equal(answer.status, status, what);
      assert.equal(answer.headers.get('content-type')?.split(';')[0], type, what);
      assert.deepEqual(Object.keys(JSON.parse(answer.text)), ['errors'], what);
    }
  }
});

test('in plain JSON too, a request that is none and a mutation by GET are refused by their status', async (t) => {
  const gateway = await testGateway(t);
  assert.equal((await gateway.post('{"query": ', { accept: PLAIN })).status, 400);
  assert.equal((await gateway.post({ operationName: 'A' }, { accept: PLAIN })).status, 400);
  const mutation = `mutation { deleteProduct(input: {id: "${PRODUCT_ID}"}) { productId } }`;
  const headers = { accept: PLAIN, 'apollo-require-preflight': '1' };
  const byGet = await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(mutation)}`, { headers });
  assert.equal(byGet.status, 405);
});
