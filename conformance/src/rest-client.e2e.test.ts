import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import createClient from 'openapi-fetch';
import { startEmbedded } from './embedded.ts';
import type { components, paths } from './generated/rest-api.ts';

const system = await startEmbedded();
after(() => system.discard());

/** It knows every path, parameter and body from the OpenAPI document: this file compiles only while they stay. */
const client = createClient<paths>({ baseUrl: system.url });
type CreateProduct = components['schemas']['CreateProduct'];
type Product = components['schemas']['Product'];

const lamp: CreateProduct = { name: 'Brass lamp', description: 'Warm light for a reading corner.', price: 129.95 };

async function create(body: CreateProduct) {
  const { data, error, response } = await client.POST('/api/v1/products', { body });
  assert.deepEqual([response.status, error], [201, undefined]);
  assert.ok(data && !('commandId' in data), 'the answer to 201 is the id');
  return { id: data.productId, response };
}

test('the types are of the document that is served', async () => {
  const served = (await (await fetch(`${system.url}/openapi.json`)).json()) as { openapi: string; paths: object };
  assert.equal(served.openapi, '3.1.0');
  const known: Record<keyof paths, true> = {
    '/api/v1/products': true,
    '/api/v1/products/search': true,
    '/api/v1/products/{id}': true,
    '/api/v1/commands/{id}': true,
    '/api/v1/products/health': true,
    '/health': true,
  };
  assert.deepEqual(Object.keys(served.paths), Object.keys(known));
});

describe('a product', () => {
  let id: string;
  before(async () => {
    const created = await create(lamp);
    id = created.id;
    assert.equal(created.response.headers.get('location'), `/api/v1/products/${id}`);
    assert.equal(created.response.headers.get('etag'), '"1"');
  });
  const path = () => ({ path: { id } });

  test('is read as it was created, and is not sent again to who has it', async () => {
    const { data, response } = await client.GET('/api/v1/products/{id}', { params: path() });
    assert.ok(data);
    const { createdAt, updatedAt, ...rest }: Product = data;
    assert.deepEqual(rest, { productId: id, ...lamp });
    assert.equal(createdAt, updatedAt);
    assert.ok(Math.abs(Date.now() - Date.parse(createdAt)) < 60_000, createdAt);

    const etag = response.headers.get('etag') ?? '';
    const again = await client.GET('/api/v1/products/{id}', {
      params: { ...path(), header: { 'If-None-Match': etag } },
      parseAs: 'text',
    });
    assert.equal(again.response.status, 304);
    assert.equal(again.response.headers.get('etag'), etag);
    assert.equal(again.data, undefined);
  });

  test('is changed by who knows its version, and refused with 412 to who does not', async () => {
    const put = (version: string, price: number) =>
      client.PUT('/api/v1/products/{id}', {
        params: { ...path(), header: { 'If-Match': version } },
        body: { price },
      });
    const changed = await put('"1"', 99.5);
    assert.equal(changed.response.status, 200);
    assert.ok(changed.data && !('commandId' in changed.data), 'the answer to 200 is the product');
    assert.equal(changed.data.price, 99.5);
    assert.equal(changed.data.name, lamp.name);
    assert.equal(changed.response.headers.get('etag'), '"2"');

    const refused = await put('"1"', 1);
    assert.equal(refused.response.status, 412);
    assert.equal(refused.error?.error, 'VERSION_CONFLICT');
    assert.equal(refused.error.status, 412);
    assert.equal(refused.error.currentVersion, 2);
    const { data } = await client.GET('/api/v1/products/{id}', { params: path() });
    assert.equal(data?.price, 99.5);
  });

  test('is deleted, and then is not there', async () => {
    const { data, response } = await client.DELETE('/api/v1/products/{id}', { params: path() });
    assert.deepEqual([response.status, data], [200, { productId: id }]);
    const gone = await client.GET('/api/v1/products/{id}', { params: path() });
    assert.deepEqual([gone.response.status, gone.error?.error], [404, 'NOT_FOUND']);
  });
});

describe('a search', () => {
  test('finds by the beginnings of words, in pages', async () => {
    for (const size of ['small', 'large', 'huge']) await create({ ...lamp, name: `Quartz bowl, ${size}` });
    const search = async (query: { search: string; page?: number; size?: number }) => {
      const { data, error } = await client.GET('/api/v1/products/search', { params: { query } });
      assert.ok(data, JSON.stringify(error));
      return data;
    };
    const first = await search({ search: 'bow quar', size: 2 });
    assert.deepEqual(
      { ...first, products: first.products.map(({ name, price }) => `${name} ${price}`) },
      {
        totalCount: 3,
        totalCountIsExact: true,
        totalPages: 2,
        page: 1,
        size: 2,
        hasMore: true,
        products: ['Quartz bowl, huge 129.95', 'Quartz bowl, large 129.95'],
      },
    );
    const second = await search({ search: 'bow quar', size: 2, page: 2 });
    assert.deepEqual(
      second.products.map(({ name }) => name),
      ['Quartz bowl, small'],
    );
    assert.equal(second.hasMore, false);
  });
});

describe('a command', () => {
  test('that nobody waits for is followed to its outcome, where the answer says', async () => {
    const accepted = await client.POST('/api/v1/products', {
      params: { header: { Prefer: 'respond-async', 'Idempotency-Key': 'conformance-async' } },
      body: { ...lamp, name: 'Later lamp' },
    });
    assert.equal(accepted.response.status, 202);
    assert.ok(accepted.data && 'commandId' in accepted.data, 'the answer to 202 is the command');
    const { commandId } = accepted.data;
    assert.equal(accepted.response.headers.get('location'), `/api/v1/commands/${commandId}`);

    // The same key and content again: the first outcome, with the first product.
    const waited = await client.POST('/api/v1/products', {
      params: { header: { 'Idempotency-Key': 'conformance-async' } },
      body: { ...lamp, name: 'Later lamp' },
    });
    assert.deepEqual([waited.response.status, waited.data], [201, { productId: accepted.data.productId }]);

    const { data: command } = await client.GET('/api/v1/commands/{id}', { params: { path: { id: commandId } } });
    assert.deepEqual(command, {
      commandId,
      state: 'COMMITTED',
      productId: accepted.data.productId,
      version: 1,
      rejection: null,
    });
  });
});

describe('errors', () => {
  test('malformed input has a problem for each fault', async () => {
    const { data, error, response } = await client.POST('/api/v1/products', {
      body: { name: ' ', description: lamp.description, price: -1 },
    });
    assert.deepEqual([response.status, data], [400, undefined]);
    assert.ok(error);
    assert.deepEqual([error.status, error.error], [400, 'BAD_USER_INPUT']);
    assert.deepEqual(
      error.problems?.map(({ path }) => path),
      [['name'], ['price']],
    );
    assert.equal(error.requestId, response.headers.get('x-request-id'));
  });

  test('a key that came with other content is 422', async () => {
    const header = { 'Idempotency-Key': 'conformance-reused' };
    await client.POST('/api/v1/products', { params: { header }, body: lamp });
    const { error, response } = await client.POST('/api/v1/products', {
      params: { header },
      body: { ...lamp, price: 1 },
    });
    assert.deepEqual([response.status, error?.error], [422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  test('what is not there is 404', async () => {
    const id = '0197a3c2-7c1e-7d2a-9a51-3f1b7d0c2e11';
    const { error, response } = await client.DELETE('/api/v1/products/{id}', { params: { path: { id } } });
    assert.deepEqual([response.status, error?.error], [404, 'NOT_FOUND']);
  });
});

test('every part is well', async () => {
  const { data } = await client.GET('/health');
  assert.equal(data?.status, 'ok');
  assert.deepEqual(
    data.parts.map(({ name }) => name),
    ['gateway', 'products-command', 'products-query', 'writer', 'projector'],
  );
});
