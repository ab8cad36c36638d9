import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testGateway } from './testing/gateway.ts';
import { COMMAND_ID, PRODUCT_ID, product } from './testing/products.ts';

const CREATE = `mutation Create($input: CreateProductInput!) {
  createProduct(input: $input) { command { id state } version product { id name price version } }
}`;
const input = { name: 'Desk', description: 'Oak', price: 19.99 };

test('a query is answered by the query subgraph', async (t) => {
  const gateway = await testGateway(t);
  const { status, body } = await gateway.post({
    query: 'query ($id: ID!) { product(id: $id) { id name price } }',
    variables: { id: PRODUCT_ID },
  });
  assert.equal(status, 200);
  assert.deepEqual(body, { data: { product: { id: PRODUCT_ID, name: 'Desk', price: '19.99' } } });
});

test('a mutation reads its product from the query subgraph, at the version just written', async (t) => {
  const gateway = await testGateway(t);
  const { body, headers } = await gateway.post({ query: CREATE, variables: { input } });
  assert.deepEqual(body.data.createProduct, {
    command: { id: COMMAND_ID, state: 'COMMITTED' },
    version: 3,
    product: { id: product.id, name: product.name, price: product.price, version: 3 },
  });
  assert.equal(gateway.commands.requests[0]?.headers['x-version-floor'], undefined);
  assert.equal(gateway.queries.requests[0]?.headers['x-version-floor'], `${PRODUCT_ID}@3`);
  assert.equal(headers.get('x-version-floor'), `${PRODUCT_ID}@3`);
});

test('the version floor that a client sends goes to the subgraphs, and the higher one comes back', async (t) => {
  const gateway = await testGateway(t);
  const query = `{ product(id: "${PRODUCT_ID}") { id } }`;
  const sent = await gateway.post({ query }, { 'x-version-floor': `${PRODUCT_ID}@2, other@5` });
  assert.equal(gateway.queries.requests[0]?.headers['x-version-floor'], `${PRODUCT_ID}@2,other@5`);
  assert.equal(sent.headers.get('x-version-floor'), `${PRODUCT_ID}@2,other@5`);
  const raised = await gateway.post({ query: CREATE, variables: { input } }, { 'x-version-floor': `${PRODUCT_ID}@2` });
  assert.equal(raised.headers.get('x-version-floor'), `${PRODUCT_ID}@3`);

  const malformed = await gateway.post({ query }, { 'x-version-floor': 'x' });
  assert.equal(malformed.status, 400);
  assert.equal(malformed.body.errors[0].extensions.code, 'BAD_USER_INPUT');
});

test('the trace and the request id go to the subgraphs, and the id comes back', async (t) => {
  const gateway = await testGateway(t);
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const query = `{ product(id: "${PRODUCT_ID}") { id } }`;
  const { headers } = await gateway.post({ query }, { traceparent, tracestate: 'a=1', 'x-request-id': 'mine-1' });
  assert.equal(headers.get('x-request-id'), 'mine-1');
  const request = gateway.queries.requests[0]!;
  assert.equal(request.headers.traceparent, traceparent);
  assert.equal(request.headers.tracestate, 'a=1');
  assert.equal(request.headers['x-request-id'], 'mine-1');

  const other = await gateway.post({ query }, { 'x-request-id': 'not sane\t!' });
  assert.match(other.headers.get('x-request-id')!, /^[0-9a-f-]{36}$/);
  assert.match(String(gateway.queries.requests[1]?.headers.traceparent), /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
});
