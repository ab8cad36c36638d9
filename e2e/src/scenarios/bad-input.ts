import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import WebSocket from 'ws';
import { graphql, graphqlText, rest } from '../client.ts';
import type { System } from '../system.ts';

const PATH = '/api/v1/products';
const kettle = { name: 'Tea kettle', description: 'Boils a litre.', price: 19.99 };
const emoji = '🫖';

/** What may never be in an answer: a stack, a path, SQL, an internal address. */
const LEAK =
  /\bat [^"]+:\d+:\d+|node_modules|\/src\/|\.ts\b|SELECT |INSERT |ECONN|127\.0\.0\.1|localhost|serviceName|stacktrace/;

function assertClean(text: string): void {
  assert.doesNotMatch(text, LEAK);
}

/** Fields that no layer accepts, written as JSON so that they arrive as a client would send them. */
const badFields: Record<string, Record<string, string>> = {
  'an empty name': { name: '""' },
  'a name of white space': { name: '"   "' },
  'a name of 251 characters': { name: JSON.stringify('x'.repeat(251)) },
  'a name of 251 emoji': { name: JSON.stringify(emoji.repeat(251)) },
  'a lone surrogate in the name': { name: '"\\ud800"' },
  'a NUL in the name': { name: '"a\\u0000b"' },
  'a line break in the name': { name: '"a\\nb"' },
  'an empty description': { description: '""' },
  'a description of 5001 characters': { description: JSON.stringify('x'.repeat(5001)) },
  'a price of -1': { price: '-1' },
  'a price of 1e400': { price: '1e400' },
  'a price of "abc"': { price: '"abc"' },
  'a price of 19.999999': { price: '19.999999' },
  'a price of "NaN"': { price: '"NaN"' },
  'a price of twelve digits': { price: '123456789012' },
};

const goodFields: Record<string, { fields: Record<string, string>; price?: string; name?: string }> = {
  'a price of 19.99': { fields: { price: '19.99' }, price: '19.99' },
  'a price of "19.9900"': { fields: { price: '"19.9900"' }, price: '19.99' },
  'a price of 0': { fields: { price: '0' }, price: '0' },
  'a price of fifteen digits': { fields: { price: '"99999999999.9999"' }, price: '99999999999.9999' },
  'a name of 250 emoji': { fields: { name: JSON.stringify(emoji.repeat(250)) }, name: emoji.repeat(250) },
};

function jsonOf(fields: Record<string, string>): string {
  const all = { name: '"Tea kettle"', description: '"Boils a litre."', price: '19.99', ...fields };
  return `{${Object.entries(all)
    .map(([name, json]) => `"${name}": ${json}`)
    .join(', ')}}`;
}

const CREATE = 'mutation ($input: CreateProductInput!) { createProduct(input: $input) { product { name price } } }';
const createBody = (fields: Record<string, string>) =>
  `{"query": ${JSON.stringify(CREATE)}, "variables": {"input": ${jsonOf(fields)}}}`;

export function badInputScenarios(system: System): void {
  const [gateway] = system.gateways;

  async function assertRest(
    status: number,
    code: string | null,
    ...request: Parameters<typeof rest> extends [string, ...infer R] ? R : never
  ) {
    const answer = await rest<{ status: number; error: string; message: string; timestamp: string }>(
      gateway,
      ...request,
    );
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.body.status, status, answer.text);
    if (code) assert.equal(answer.body.error, code, answer.text);
    assert(answer.body.message && answer.body.timestamp, answer.text);
    assert(answer.headers.get('x-request-id'));
    assertClean(answer.text);
    return answer;
  }

  for (const [what, fields] of Object.entries(badFields)) {
    test(`${what} is refused by GraphQL with the path of the field`, async () => {
      const answer = await graphqlText(gateway, createBody(fields));
      assert.equal(answer.status, 400, answer.text);
      const [error] = answer.errors ?? [];
      assert.equal(error?.extensions?.code, 'BAD_USER_INPUT', answer.text);
      assert.match(answer.text, new RegExp(`"${Object.keys(fields)[0]}"`));
      assertClean(answer.text);
    });
    test(`${what} is refused by REST with the name of the field`, async () => {
      const answer = await assertRest(400, 'BAD_USER_INPUT', 'POST', PATH, jsonOf(fields));
      assert.match(answer.text, new RegExp(`"${Object.keys(fields)[0]}"`));
    });
  }

  for (const [what, { fields, price, name }] of Object.entries(goodFields)) {
    test(`${what} comes back as it is`, async () => {
      const answer = await graphqlText<{ createProduct: { product: { name: string; price: string } } }>(
        gateway,
        createBody(fields),
      );
      assert.equal(answer.errors, undefined, answer.text);
      if (price) assert.equal(answer.data?.createProduct.product.price, price);
      if (name) assert.equal(answer.data?.createProduct.product.name, name);
      const created = await rest<{ productId: string }>(gateway, 'POST', PATH, jsonOf(fields));
      const read = await rest<{ name: string; price: number }>(gateway, 'GET', `${PATH}/${created.body.productId}`);
      if (price) assert.equal(String(read.body.price), price);
      if (name) assert.equal(read.body.name, name);
    });
  }

  test('a price as a literal is kept and checked like one in a variable', async () => {
    const literal = (price: string) =>
      graphql<{ createProduct: { product: { price: string } } }>(
        gateway,
        `mutation { createProduct(input: {name: "n", description: "d", price: ${price}}) { product { price } } }`,
      );
    assert.equal((await literal('19.99')).data?.createProduct.product.price, '19.99');
    for (const price of ['-1', '1e400', '19.999999', '"abc"']) {
      const answer = await literal(price);
      assert.deepEqual([answer.status, answer.errors?.[0]?.extensions?.code], [400, 'BAD_USER_INPUT'], answer.text);
    }
  });

  test('what is not JSON, not a known type, or too large is refused on both', async () => {
    await assertRest(400, null, 'POST', PATH, '{"name": ');
    await assertRest(415, null, 'POST', PATH, '<product/>', { 'content-type': 'text/xml' });
    await assertRest(413, null, 'POST', PATH, JSON.stringify({ ...kettle, description: 'x'.repeat(2 * 1024 * 1024) }));
    for (const [body, type, statuses] of [
      ['{"query": ', 'application/json', [400]],
      ['<query/>', 'text/xml', [400, 415]],
      [JSON.stringify({ query: CREATE, variables: { input: 'x'.repeat(2 * 1024 * 1024) } }), 'application/json', [413]],
    ] as const) {
      const response = await fetch(`${gateway}/graphql`, { method: 'POST', headers: { 'content-type': type }, body });
      const text = await response.text();
      assert(
        statuses.some((status) => status === response.status),
        `${response.status} ${text}`,
      );
      assertClean(text);
    }
  });

  test('unknown fields are refused', async () => {
    await assertRest(400, 'BAD_USER_INPUT', 'POST', PATH, { ...kettle, colour: 'red' });
    const answer = await graphql(gateway, CREATE, { input: { ...kettle, colour: 'red' } });
    assert.equal(answer.status, 400);
    assertClean(answer.text);
    const field = await graphql(gateway, '{ product(id: "x") { colour } }');
    assert.deepEqual([field.status, field.errors?.[0]?.extensions?.code], [400, 'GRAPHQL_VALIDATION_FAILED']);
  });

  test('an unknown id is 404 and null, a malformed one 400', async () => {
    const unknown = randomUUID().replace(/^(.{14})./, '$17');
    for (const [method, body] of [['GET'], ['PUT', kettle], ['DELETE']] as const) {
      await assertRest(404, 'NOT_FOUND', method, `${PATH}/${unknown}`, body);
      await assertRest(400, 'BAD_USER_INPUT', method, `${PATH}/not-an-id`, body);
    }
    const read = await graphql(gateway, 'query ($id: ID!) { product(id: $id) { id } }', { id: unknown });
    assert.deepEqual({ ...read.data }, { product: null });
    const malformed = await graphql(gateway, '{ product(id: "not-an-id") { id } }');
    assert.deepEqual(
      [malformed.status, malformed.errors?.[0]?.extensions?.code],
      [400, 'BAD_USER_INPUT'],
      malformed.text,
    );
  });

  test('an id in the body must be the one in the path', async () => {
    const created = await rest<{ productId: string }>(gateway, 'POST', PATH, kettle);
    await assertRest(400, 'BAD_USER_INPUT', 'PUT', `${PATH}/${created.body.productId}`, {
      ...kettle,
      productId: randomUUID(),
    });
  });

  for (const query of [
    'page=0',
    'page=-1',
    'size=0',
    'size=101',
    'size=1000000000',
    'page=10001&size=1',
    'page=x',
    'colour=red',
  ]) {
    test(`a search with ${query} is refused`, async () => {
      await assertRest(400, 'BAD_USER_INPUT', 'GET', `${PATH}/search?${query}`);
    });
  }

  for (const [what, search] of Object.entries({
    '10,000 characters': 'x'.repeat(10_000),
    'a NUL': 'a\u0000b',
    'eleven terms': 'a b c d e f g h i j k',
  })) {
    test(`a search of ${what} is refused`, async () => {
      await assertRest(400, 'BAD_USER_INPUT', 'GET', `${PATH}/search?search=${encodeURIComponent(search)}`);
      const answer = await graphql(
        gateway,
        'query ($search: String) { products(search: $search) { edges { cursor } } }',
        { search },
      );
      assert.deepEqual([answer.status, answer.errors?.[0]?.extensions?.code], [400, 'BAD_USER_INPUT'], answer.text);
    });
  }

  for (const first of [0, -1, 101, 1_000_000_000]) {
    test(`a page of ${first} products is refused`, async () => {
      const answer = await graphql(gateway, `{ products(first: ${first}) { edges { cursor } } }`);
      assert.deepEqual([answer.status, answer.errors?.[0]?.extensions?.code], [400, 'BAD_USER_INPUT'], answer.text);
    });
  }

  test('a form or a plain request from another site cannot reach GraphQL', async () => {
    const response = await fetch(`${gateway}/graphql?query=%7B__typename%7D`);
    assert.equal(response.status, 400);
    const refused = await new Promise<number | undefined>((resolve, reject) => {
      const socket = new WebSocket(`${gateway.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', {
        origin: 'https://evil.example',
      });
      socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
      socket.on('open', () => reject(new Error('the socket was accepted')));
      socket.on('error', reject);
    });
    assert.equal(refused, 403);
  });

  test('unknown routes and methods say so', async () => {
    await assertRest(404, null, 'GET', '/api/v1/nothing');
    await assertRest(405, null, 'PATCH', `${PATH}/${randomUUID()}`, kettle);
  });
}
