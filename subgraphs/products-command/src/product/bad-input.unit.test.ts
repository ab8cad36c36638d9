import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { givenSubgraph } from '../given-subgraph.ts';

const given = await givenSubgraph();
const { graphql, send, seen } = given;
after(given.stop);

const CREATE = 'mutation ($input: CreateProductInput!) { createProduct(input: $input) { productId } }';
const UPDATE = 'mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { productId } }';
const DELETE = 'mutation ($input: DeleteProductInput!) { deleteProduct(input: $input) { productId } }';
const kettle = { name: 'Kettle', description: 'Boils water', price: '19.99' };
const id = '0199c0de-0000-7000-8000-000000000001';

/** The one error of an answer that must be a refusal: nothing was sent, nothing inside is shown. */
function refusal({ status, body }: Awaited<ReturnType<typeof send>>) {
  assert.equal(status, 400);
  assert.equal(body.errors.length, 1);
  assert.equal(seen.length, 0);
  assert.doesNotMatch(JSON.stringify(body), /stack|node_modules|\.ts\b|file:/);
  return body.errors[0];
}

function refuses(query: string, input: object, path: string, code: string) {
  test(`refused: ${JSON.stringify(input).slice(0, 90)}`, async () => {
    const error = refusal(await graphql(query, { input }));
    assert.equal(error.extensions.code, 'BAD_USER_INPUT');
    assert.deepEqual(
      error.extensions.problems.map((problem: { path: string[]; code: string }) => [problem.path, problem.code]),
      [[['input', path], code]],
    );
  });
}

for (const [price, code] of [
  ['abc', 'NOT_A_DECIMAL'],
  ['NaN', 'NOT_A_DECIMAL'],
  ['1e400', 'NOT_A_DECIMAL'],
  ['19.999999', 'TOO_MANY_DIGITS'],
  [19.999999, 'TOO_MANY_DIGITS'],
  [-1, 'NEGATIVE'],
  ['-1', 'NEGATIVE'],
  [true, 'NOT_A_DECIMAL'],
  [['1'], 'NOT_A_DECIMAL'],
  [{ value: 1 }, 'NOT_A_DECIMAL'],
] as const) {
  refuses(CREATE, { ...kettle, price }, 'price', code);
  refuses(UPDATE, { id, price }, 'price', code);
}

for (const [name, code] of [
  ['', 'TOO_SHORT'],
  [' \t ', 'TOO_SHORT'],
  ['🫖'.repeat(251), 'TOO_LONG'],
  ['Kett\u0000le', 'CONTROL_CHARACTER'],
  ['Kett\ud800le', 'MALFORMED_UNICODE'],
] as const) {
  refuses(CREATE, { ...kettle, name }, 'name', code);
  refuses(UPDATE, { id, name }, 'name', code);
}

refuses(CREATE, { ...kettle, description: 'x'.repeat(5_001) }, 'description', 'TOO_LONG');
refuses(CREATE, { ...kettle, idempotencyKey: '' }, 'idempotencyKey', 'TOO_SHORT');
refuses(UPDATE, { id: 'nonsense' }, 'id', 'NOT_AN_ID');
refuses(UPDATE, { id, expectedVersion: 0 }, 'expectedVersion', 'NOT_A_VERSION');
refuses(DELETE, { id: '../../etc/passwd' }, 'id', 'NOT_AN_ID');
refuses(DELETE, { id, expectedVersion: -1 }, 'expectedVersion', 'NOT_A_VERSION');

for (const [literal, code] of [
  ['1e400', 'NOT_A_DECIMAL'],
  ['"abc"', 'NOT_A_DECIMAL'],
  ['19.999999', 'TOO_MANY_DIGITS'],
  // As a JavaScript number it would be 19.99 and pass.
  ['19.9900000000000000001', 'TOO_MANY_DIGITS'],
  ['-1', 'NEGATIVE'],
  ['NaN', 'NOT_A_DECIMAL'],
  ['[1]', 'NOT_A_DECIMAL'],
  ['{ value: 1 }', 'NOT_A_DECIMAL'],
])
  test(`refused: a price written as ${literal} in the document`, async () => {
    const error = refusal(
      await graphql(
        `mutation { createProduct(input: { name: "a", description: "b", price: ${literal} }) { productId } }`,
      ),
    );
    assert.deepEqual(
      error.extensions.problems.map((problem: { path: string[]; code: string }) => [problem.path, problem.code]),
      [[['input', 'price'], code]],
    );
  });

test('a price that JSON reads as Infinity is refused', async () => {
  const body = JSON.stringify({ query: CREATE, variables: { input: { ...kettle, price: 0 } } }).replace(
    '"price":0',
    '"price":1e400',
  );
  const error = refusal(await send(body));
  assert.equal(error.extensions.problems[0].code, 'NOT_A_DECIMAL');
});

test('all that is wrong is told at once', async () => {
  const error = refusal(await graphql(CREATE, { input: { name: '', description: '', price: 'x' } }));
  assert.deepEqual(error.extensions.problems.map((problem: { path: string[] }) => problem.path.join('.')).sort(), [
    'input.description',
    'input.name',
    'input.price',
  ]);
});

for (const [what, query, variables] of [
  ['a missing variable', CREATE, {}],
  ['a missing field', CREATE, { input: { name: 'a', description: 'b' } }],
  ['an unknown field', CREATE, { input: { ...kettle, colour: 'red' } }],
  ['a field of another type', CREATE, { input: { ...kettle, name: 7 } }],
  ['an unknown wait', CREATE, { input: { ...kettle, wait: 'FOREVER' } }],
  ['a version beyond 32 bits', UPDATE, { input: { id, expectedVersion: 2 ** 31 } }],
] as const)
  test(`refused: ${what}`, async () => {
    const error = refusal(await graphql(query, variables));
    assert.equal(error.extensions.code, 'BAD_USER_INPUT');
  });

for (const [what, query, code] of [
  ['an unknown field', 'mutation { createProduct { nonsense } }', 'GRAPHQL_VALIDATION_FAILED'],
  ['what is no GraphQL', 'mutation {', 'GRAPHQL_PARSE_FAILED'],
  [
    'a lone surrogate in the document',
    'mutation { deleteProduct(input: { id: "\\uD800" }) { productId } }',
    'GRAPHQL_PARSE_FAILED',
  ],
] as const)
  test(`refused: ${what}`, async () => {
    const { status, body } = await graphql(query);
    assert.equal(status, 400);
    assert.equal(body.errors[0].extensions.code, code);
    assert.deepEqual(Object.keys(body.errors[0].extensions), ['code']);
  });

test('what is within the limits is accepted as it is', async () => {
  for (const input of [
    { ...kettle, name: '🫖'.repeat(250), wait: 'NONE' },
    { ...kettle, price: 0, wait: 'NONE' },
    { ...kettle, price: '99999999999.9999', wait: 'NONE' },
    { ...kettle, description: 'one\n\ttwo', wait: 'NONE' },
  ]) {
    const { body, status } = await graphql(CREATE, { input });
    assert.equal(status, 200, JSON.stringify(body));
  }
});
