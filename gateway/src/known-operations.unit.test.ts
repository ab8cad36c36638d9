import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphQLError } from 'graphql';
import { testGateway } from './testing/gateway.ts';
import { PRODUCT_ID } from './testing/products.ts';

const CREATE =
  'mutation ($input: CreateProductInput!) { createProduct(input: $input) { productId product { id name } } }';
const READ = 'query One($id: ID!) { product(id: $id) { id name } } query Two { products { edges { cursor } } }';
const id = PRODUCT_ID;

/** Apollo Server's pipeline takes what asks for more than JSON; whether JSON is named decides the status of some answers. */
const EITHER_WAY = [
  { plainly: { accept: '*/*' }, byApollo: { accept: '*/*, text/plain' } },
  { plainly: { accept: 'application/json' }, byApollo: { accept: 'application/json, text/plain' } },
];
/** Errors name it. */
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';

const requests: Record<string, object | string> = {
  'a query': { query: READ, operationName: 'One', variables: { id } },
  'a mutation': { query: CREATE, variables: { input: { name: 'a', description: 'b', price: '1.50' } } },
  'a price as a number': { query: CREATE, variables: { input: { name: 'a', description: 'b', price: 19.99 } } },
  'bad input of a subgraph': { query: CREATE, variables: { input: { name: 'a', description: 'b', price: '-1' } } },
  'an error beside data': { query: `{ product(id: "${id}") { id } products { edges { cursor } } }` },
  'a fault of a subgraph': { query: '{ products { edges { cursor } } }' },
  introspection: { query: '{ __schema { queryType { name } } __typename }' },
  'an operation that is not there': { query: READ, operationName: 'Three', variables: { id } },
  'no operation named of several': { query: READ, variables: { id } },
  'a variable of the wrong type': { query: READ, operationName: 'One', variables: { id: {} } },
  'a missing variable': { query: READ, operationName: 'One' },
  'a field that is not there': { query: '{ product(id: "x") { colour } }' },
  'a document that cannot be parsed': { query: '{' },
  'a subscription': { query: 'subscription { productCreated { eventId } }' },
  'no document': { variables: {} },
  'variables that are no object': { query: READ, operationName: 'One', variables: [1] },
  'variables and name of null': { query: '{ __typename }', variables: null, operationName: null },
  'a name that is no text': { query: '{ __typename }', operationName: 1 },
  'extensions that are none': { query: '{ __typename }', extensions: 'x' },
};

for (const [what, body] of Object.entries(requests))
  test(`${what} is answered alike on either way`, async (t) => {
    const gateway = await testGateway(t, {
      queryResolvers: {
        products: () => {
          throw new GraphQLError('out of order');
        },
      },
    });
    for (const { plainly, byApollo } of EITHER_WAY) {
      const [first, again, apollo] = [
        await gateway.post(body, { ...plainly, traceparent }),
        await gateway.post(body, { ...plainly, traceparent }),
        await gateway.post(body, { ...byApollo, traceparent }),
      ];
      for (const { status, text, headers } of [first, again]) {
        assert.equal(text, apollo.text);
        assert.equal(status, apollo.status);
        for (const name of ['content-type', 'cache-control', 'x-version-floor', 'retry-after'])
          assert.equal(headers.get(name), apollo.headers.get(name), name);
      }
    }
  });

test('what a client is told of the versions that it asked for is told on either way', async (t) => {
  const gateway = await testGateway(t);
  const body = requests['a query'] as object;
  for (const headers of EITHER_WAY.flatMap(({ plainly, byApollo }) => [plainly, byApollo])) {
    assert.equal((await gateway.post(body, { ...headers, 'x-version-floor': 'x' })).status, 400);
    const { status } = await gateway.post(body, { ...headers, 'x-version-floor': `${id}@2` });
    assert.equal(status, 200);
    assert.equal(gateway.queries.requests.at(-1)?.headers['x-version-floor'], `${id}@2`);
  }
});

test('an operation counts once, whichever way it goes', async (t) => {
  const gateway = await testGateway(t);
  const body = requests['a query'] as object;
  await gateway.post(body);
  await gateway.post(body, EITHER_WAY[0]?.byApollo);
  assert.match(
    await gateway.registry.metrics(),
    /tributary_gateway_operation_duration_seconds_count\{type="query",operation="One",outcome="ok"\} 2/,
  );
});
