import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GraphQLError } from 'graphql';
import { testGateway } from './testing/gateway.ts';
import { PRODUCT_ID } from './testing/products.ts';

const CREATE = 'mutation ($input: CreateProductInput!) { createProduct(input: $input) { productId } }';
const UPDATE = 'mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { productId } }';

test('a decimal reaches the subgraph as it was written', async (t) => {
  const gateway = await testGateway(t);
  const seen = () => gateway.commands.requests.at(-1)!;
  const literal = (price: string) =>
    gateway.post({
      query: `mutation { createProduct(input: {name: "a", description: "b", price: ${price}}) { productId } }`,
    });
  const variable = (price: string) =>
    gateway.post(
      `{"query": ${JSON.stringify(CREATE)}, "variables": {"input": {"name": "a", "description": "b", "price": ${price}}}}`,
    );

  assert.equal((await literal('19.99')).status, 200);
  assert.match(seen().query, /price: ?"19\.99"/);
  assert.equal((await variable('19.99')).status, 200);
  assert.deepEqual(seen().variables.input, { name: 'a', description: 'b', price: 19.99 });
  assert.equal((await variable('"19.99"')).status, 200);

  for (const [send, price] of [
    [literal, '19.99000000000000000001'],
    [literal, '1e400'],
    [variable, '1e400'],
    [literal, '"abc"'],
    [variable, '-1'],
    [variable, '19.999999'],
  ] as const) {
    const { status, body } = await send(price);
    assert.equal(status, 400, price);
    assert.equal(body.errors[0].extensions.code, 'BAD_USER_INPUT', price);
    assert.deepEqual(body.errors[0].extensions.problems[0].path, ['input', 'price'], price);
  }
  const update = await gateway.post(
    `{"query": "${UPDATE}", "variables": {"input": {"id": "${PRODUCT_ID}", "price": 1e400}}}`,
  );
  assert.equal(update.body.errors[0].extensions.code, 'BAD_USER_INPUT', 'not taken for null, which changes nothing');
});

test('a subgraph error keeps its code, message, path and documented extensions, and nothing else', async (t) => {
  const gateway = await testGateway(t);
  const { status, headers, body } = await gateway.post({
    query: CREATE,
    variables: { input: { name: 'a', description: 'b', price: 'abc' } },
  });
  assert.equal(status, 400);
  assert.deepEqual(body, {
    errors: [
      {
        message: 'the price is not a decimal number',
        path: ['createProduct'],
        extensions: {
          code: 'BAD_USER_INPUT',
          problems: [{ path: ['input', 'price'], code: 'NOT_A_DECIMAL', message: 'the price is not a decimal number' }],
          traceId: headers.get('trace-id'),
        },
      },
    ],
    data: null,
  });
});

test('what is wrong with variables before a subgraph sees them is bad input', async (t) => {
  const gateway = await testGateway(t);
  for (const input of [{ name: 'a' }, { name: 'a', description: 'b', price: 1, color: 'red' }, 'x', null]) {
    const { status, body } = await gateway.post({ query: CREATE, variables: { input } });
    assert.equal(status, 400);
    assert.equal(body.errors[0].extensions.code, 'BAD_USER_INPUT');
  }
  assert.equal(gateway.commands.requests.length, 0);
});

test('what a subgraph says of its insides goes to nobody', async (t) => {
  const gateway = await testGateway(t, {
    queryResolvers: {
      product: () => {
        throw new GraphQLError('connect ECONNREFUSED 10.0.0.7:5003', {
          extensions: { code: 'INTERNAL_SERVER_ERROR', stacktrace: ['at /srv/reader.ts'], serviceName: 'reader' },
        });
      },
      products: () => {
        throw new Error('SELECT * FROM secrets');
      },
      command: () => {
        throw new GraphQLError('SELECT', { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
      },
    },
  });
  for (const query of [
    `{ product(id: "${PRODUCT_ID}") { id } }`,
    '{ products { edges { cursor } } }',
    '{ command(id: "x") { id } }',
  ]) {
    const { status, headers, text, body } = await gateway.post({ query });
    assert.equal(status, 500);
    const traceId = headers.get('trace-id');
    assert.deepEqual(body.errors[0].extensions, { code: 'INTERNAL_SERVER_ERROR', traceId });
    assert.equal(body.errors[0].message, 'Internal server error');
    assert.doesNotMatch(text, /ECONNREFUSED|10\.0|stack|reader|SELECT|serviceName/);
  }
});

test('codes that say "later" make an answer of nothing but errors a 503', async (t) => {
  const refuse =
    (code: string, extensions = {}) =>
    () => {
      throw new GraphQLError('not now', { extensions: { code, ...extensions } });
    };
  const gateway = await testGateway(t, {
    queryResolvers: {
      command: refuse('UNAVAILABLE'),
      product: refuse('COMMAND_NOT_CONFIRMED', { commandId: 'c-1', currentVersion: 2, hidden: 1 }),
    },
  });
  const unavailable = await gateway.post({ query: '{ command(id: "x") { id } }' });
  assert.equal(unavailable.status, 503);
  assert.equal(unavailable.headers.get('retry-after'), '1');
  const unconfirmed = await gateway.post({ query: '{ product(id: "x") { id } }' });
  assert.equal(unconfirmed.status, 503);
  assert.deepEqual(unconfirmed.body.errors[0].extensions, {
    code: 'COMMAND_NOT_CONFIRMED',
    commandId: 'c-1',
    currentVersion: 2,
    traceId: unconfirmed.headers.get('trace-id'),
  });
});

test('a subgraph that is away leaves its fields null, and the rest of the operation stands', async (t) => {
  const gateway = await testGateway(t);
  await gateway.queries.stop();
  const { status, headers, body } = await gateway.post({
    query: 'mutation ($input: CreateProductInput!) { made: createProduct(input: $input) { version product { name } } }',
    variables: { input: { name: 'a', description: 'b', price: '1' } },
  });
  assert.equal(status, 200);
  assert.deepEqual(body.errors, [
    {
      message: 'A part of the graph is not available now',
      path: ['made', 'product'],
      extensions: { code: 'SUBGRAPH_UNAVAILABLE', traceId: headers.get('trace-id') },
    },
  ]);
  assert.deepEqual(body.data, { made: { version: 3, product: null } });
});

test('an operation that only an absent subgraph can answer is a 503', async (t) => {
  const gateway = await testGateway(t);
  await gateway.queries.stop();
  const query = `{ a: product(id: "${PRODUCT_ID}") { id } b: product(id: "${PRODUCT_ID}") { id } }`;
  const { status, body, headers } = await gateway.post({ query });
  assert.equal(status, 503);
  assert.equal(headers.get('retry-after'), '1');
  assert.deepEqual(body.data, { a: null, b: null });
  assert.deepEqual(
    body.errors.map((error: { path: string[]; extensions: { code: string } }) => [error.path, error.extensions.code]),
    [
      [['a'], 'SUBGRAPH_UNAVAILABLE'],
      [['b'], 'SUBGRAPH_UNAVAILABLE'],
    ],
  );
});

test('a subgraph that does not answer in time is unavailable, and a change is not said to have failed', async (t) => {
  const gateway = await testGateway(t, { subgraphDeadlineMs: 50 });
  gateway.commands.intercept(() => true);
  gateway.queries.intercept(() => true);
  const query = await gateway.post({ query: `{ product(id: "${PRODUCT_ID}") { id } }` });
  assert.equal(query.body.errors[0].extensions.code, 'SUBGRAPH_UNAVAILABLE');
  const mutation = await gateway.post({
    query: CREATE,
    variables: { input: { name: 'a', description: 'b', price: '1' } },
  });
  assert.equal(mutation.status, 503);
  assert.match(mutation.body.errors[0].message, /may still take effect/);
  assert.equal(gateway.commands.requests.length, 1, 'a change that may have arrived is not sent again');
});

test('an answer that is not GraphQL counts as none, whatever its status', async (t) => {
  const gateway = await testGateway(t);
  for (const [status, text] of [
    [200, '<html>'],
    [502, 'bad gateway'],
    [200, '[]'],
    [200, '{"data": 1}'],
  ] as const) {
    gateway.queries.intercept((_, response) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(text);
      return true;
    });
    const { body } = await gateway.post({ query: `{ product(id: "${PRODUCT_ID}") { id } }` });
    assert.equal(body.errors[0].extensions.code, 'SUBGRAPH_UNAVAILABLE', text);
  }
});

test('a subgraph that answers against its schema is a fault that a client learns nothing of', async (t) => {
  const gateway = await testGateway(t);
  gateway.queries.intercept((_, response) => {
    response.writeHead(200).end(JSON.stringify({ data: { product: { id: null } } }));
    return true;
  });
  const { status, body } = await gateway.post({ query: `{ product(id: "${PRODUCT_ID}") { id } }` });
  assert.equal(status, 500);
  assert.equal(body.errors[0].message, 'Internal server error');
});

test('an entity that was deleted before it was read is null, and no fault', async (t) => {
  const gateway = await testGateway(t);
  const payload = { command: { state: 'COMMITTED' }, product: { __typename: 'Product', id: PRODUCT_ID } };
  gateway.commands.intercept((_, response) => {
    response.writeHead(200).end(JSON.stringify({ data: { updateProduct: payload } }));
    return true;
  });
  const mutation =
    'mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { product { id version name } } }';
  const update = () => gateway.post({ query: mutation, variables: { input: { id: PRODUCT_ID, name: 'a' } } });
  const entity = (found: object | null) =>
    gateway.queries.intercept((_, response) => {
      response.writeHead(200).end(JSON.stringify({ data: { _entities: [found] } }));
      return true;
    });

  entity(null);
  const { status, body } = await update();
  assert.equal(status, 200);
  assert.deepEqual(body, { data: { updateProduct: { product: null } } });

  entity({ __typename: 'Product', version: null, name: 'a' });
  assert.equal((await update()).body.errors[0].message, 'Internal server error');
});
