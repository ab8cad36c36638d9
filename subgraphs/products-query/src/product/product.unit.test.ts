import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import type { BatchGetProductsRequest } from '@tributary/proto/gen/products/v1/reader.ts';
import { grpcFailure } from '@tributary/service';
import { givenSubgraph, notMeant, product, productId } from '../given-subgraph.ts';

const given = await givenSubgraph({ waitMs: 700 });
const { graphql, fake } = given;
after(given.stop);
afterEach(() => {
  fake.batchGetProducts = notMeant;
});

/** Answers every product that is asked for, and keeps the requests. */
function answerAll(): BatchGetProductsRequest[] {
  const batches: BatchGetProductsRequest[] = [];
  fake.batchGetProducts = async (batch) => {
    batches.push(batch);
    return {
      results: batch.requests.map(({ id, minVersion }) => ({
        result: { $case: 'product', value: product(Number(id.slice(-12)), minVersion ?? 1n) },
      })),
    };
  };
  return batches;
}

const ENTITIES = 'query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Product { id version } } }';
const refs = (...ids: number[]) => ({ refs: ids.map((n) => ({ __typename: 'Product', id: productId(n) })) });

test('a product comes with exact price, plain version and times in RFC 3339', async () => {
  answerAll();
  const { body, status } = await graphql(
    `{ product(id: "${productId(1).toUpperCase()}") { id version name description price createdAt updatedAt } }`,
  );
  assert.equal(status, 200);
  assert.deepEqual(body, {
    data: {
      product: {
        id: productId(1),
        version: 1,
        name: 'Kettle 1',
        description: 'Boils water',
        price: '19.99',
        createdAt: '2023-11-14T22:13:20.000Z',
        updatedAt: '2023-11-14T22:13:20.123Z',
      },
    },
  });
});

test('the products of a request are read together, each once', async () => {
  const batches = answerAll();
  const { body } = await graphql(ENTITIES, refs(1, 2, 1, 3));
  assert.deepEqual(
    body.data._entities.map((entity: { id: string }) => entity.id),
    [1, 2, 1, 3].map(productId),
  );
  assert.deepEqual(
    batches.map((batch) => batch.requests.map(({ id }) => id)),
    [[1, 2, 3].map(productId)],
  );
});

test('more products than one call takes go into several', async () => {
  const batches = answerAll();
  const ids = Array.from({ length: 101 }, (_, n) => n);
  const { body } = await graphql(ENTITIES, refs(...ids));
  assert.equal(body.data._entities[100].id, productId(100));
  assert.deepEqual(
    batches.map((batch) => batch.requests.length),
    [100, 1],
  );
});

test('a reference is read at the version that the caller has seen, an argument may ask for a higher one', async () => {
  const batches = answerAll();
  const floor = { 'x-version-floor': `${productId(1)}@3,${productId(2)}@5` };
  await graphql(ENTITIES, refs(1, 4), floor);
  await graphql(
    `{ a: product(id: "${productId(1)}", minVersion: 4) { id } b: product(id: "${productId(2)}", minVersion: 4) { id } }`,
    {},
    floor,
  );
  assert.deepEqual(
    batches.map((batch) => batch.requests.map(({ minVersion, waitMs }) => [minVersion, waitMs])),
    [
      [
        [3n, 700],
        [undefined, 700],
      ],
      [
        [4n, 700],
        [5n, 700],
      ],
    ],
  );
});

test('a missing product is null', async () => {
  fake.batchGetProducts = async () => ({ results: [{ result: { $case: 'notFound', value: {} } }] });
  assert.deepEqual((await graphql(`{ product(id: "${productId(1)}") { id } }`)).body, { data: { product: null } });
  assert.deepEqual((await graphql(ENTITIES, refs(1))).body, { data: { _entities: [null] } });
});

test('a version that is not there in time is STALE_READ with the current one; the rest is answered', async () => {
  fake.batchGetProducts = async () => ({
    results: [
      { result: { $case: 'staleRead', value: { currentVersion: 2n } } },
      { result: { $case: 'product', value: product(2) } },
    ],
  });
  const { body } = await graphql(
    `{ a: product(id: "${productId(1)}", minVersion: 9) { id } b: product(id: "${productId(2)}") { id } }`,
  );
  assert.deepEqual(body.data, { a: null, b: { id: productId(2) } });
  assert.equal(body.errors.length, 1);
  assert.deepEqual(body.errors[0].path, ['a']);
  assert.deepEqual(body.errors[0].extensions, { code: 'STALE_READ', currentVersion: 2 });
});

test('malformed arguments are refused together, before the reader is asked', async () => {
  const { body, status } = await graphql('{ product(id: "x", minVersion: 0) { id } }');
  assert.equal(status, 400);
  assert.equal(body.errors.length, 1);
  assert.equal(body.errors[0].extensions.code, 'BAD_USER_INPUT');
  assert.deepEqual(
    body.errors[0].extensions.problems.map(({ path, code }: { path: string[]; code: string }) => [path, code]),
    [
      [['id'], 'NOT_AN_ID'],
      [['minVersion'], 'NOT_A_VERSION'],
    ],
  );
});

test('a malformed version floor is refused', async () => {
  const { body, status } = await graphql('{ product(id: "x") { id } }', {}, { 'x-version-floor': 'nonsense' });
  assert.equal(status, 400);
  assert.equal(body.errors[0].extensions.code, 'BAD_USER_INPUT');
  assert.deepEqual(body.errors[0].extensions.problems[0].path, ['x-version-floor']);
});

test('a failure of the reader shows nothing of it', async () => {
  fake.batchGetProducts = () => Promise.reject(new Error('mongodb://10.0.0.7 said no'));
  const { body } = await graphql(`{ product(id: "${productId(1)}") { id } }`);
  assert.deepEqual(body, {
    data: { product: null },
    errors: [{ message: 'internal error', path: ['product'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  });
});

test('a reader that cannot take a read is asked again, and then named UNAVAILABLE', async () => {
  let asked = 0;
  fake.batchGetProducts = () => {
    asked += 1;
    return Promise.reject(grpcFailure(status.UNAVAILABLE, 'UNAVAILABLE', 'the read model is away'));
  };
  const { body, ...answer } = await graphql(`{ product(id: "${productId(1)}") { id } }`);
  assert.equal(asked, 3);
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '1');
  assert.equal(body.errors[0].extensions.code, 'UNAVAILABLE');
  assert.equal(body.errors[0].message, 'products cannot be read now');
});
