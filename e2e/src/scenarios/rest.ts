import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { rest } from '../client.ts';
import { eventually, gatewayOf, type System } from '../system.ts';

const PATH = '/api/v1/products';
const kettle = { name: 'Tea kettle', description: 'Boils a litre.', price: 19.99 };

interface RestProduct {
  productId: string;
  name: string;
  description: string;
  price: number;
  createdAt: string;
  updatedAt: string;
}

export function restScenarios(system: System): void {
  const [gateway] = system.gateways;

  async function create(body: Record<string, unknown> = kettle, headers: Record<string, string> = {}) {
    const answer = await rest<{ productId: string }>(gateway, 'POST', PATH, body, headers);
    assert.equal(answer.status, 201, answer.text);
    return answer;
  }

  test('POST answers 201 when the product is readable', async () => {
    const created = await create();
    const { productId } = created.body;
    assert.deepEqual(created.body, { productId });
    assert.equal(created.headers.get('location'), `${PATH}/${productId}`);
    assert.equal(created.headers.get('etag'), '"1"');
    assert(created.headers.get('x-request-id'));
    const read = await rest<RestProduct>(gatewayOf(system, 1), 'GET', `${PATH}/${productId}`);
    assert.equal(read.status, 200, read.text);
    assert.deepEqual(Object.keys(read.body).sort(), [
      'createdAt',
      'description',
      'name',
      'price',
      'productId',
      'updatedAt',
    ]);
    assert.deepEqual([read.body.productId, read.body.name, read.body.price], [productId, 'Tea kettle', 19.99]);
  });

  test('GET with the ETag it already has answers 304', async () => {
    const { productId } = (await create()).body;
    const first = await rest(gateway, 'GET', `${PATH}/${productId}`);
    const again = await rest(gateway, 'GET', `${PATH}/${productId}`, undefined, {
      'if-none-match': first.headers.get('etag') as string,
    });
    assert.deepEqual([again.status, again.text], [304, '']);
  });

  test('PUT answers with the changed product; If-Match guards it', async () => {
    const { productId } = (await create()).body;
    const put = await rest<RestProduct>(
      gateway,
      'PUT',
      `${PATH}/${productId}`,
      { ...kettle, price: 0.1 },
      { 'if-match': '"1"' },
    );
    assert.deepEqual([put.status, put.body.price, put.headers.get('etag')], [200, 0.1, '"2"'], put.text);
    const stale = await rest<{ error: string }>(gateway, 'PUT', `${PATH}/${productId}`, kettle, { 'if-match': '"1"' });
    assert.deepEqual([stale.status, stale.body.error], [412, 'VERSION_CONFLICT'], stale.text);
  });

  test('DELETE removes it; what is missing is 404', async () => {
    const { productId } = (await create()).body;
    assert.equal((await rest(gateway, 'DELETE', `${PATH}/${productId}`)).status, 200);
    for (const [method, body] of [['GET'], ['PUT', kettle], ['DELETE']] as const) {
      const answer = await rest<Record<string, unknown>>(gateway, method, `${PATH}/${productId}`, body);
      assert.equal(answer.status, 404, `${method} ${answer.text}`);
      assert.equal(answer.body.status, 404);
      assert.equal(answer.body.error, 'NOT_FOUND');
      assert.equal(typeof answer.body.message, 'string');
      assert.match(String(answer.body.timestamp), /^\d{4}-.*Z$/);
    }
  });

  test('respond-async answers 202 with the place to ask', async () => {
    const accepted = await rest<{ productId?: string }>(gateway, 'POST', PATH, kettle, { prefer: 'respond-async' });
    assert.equal(accepted.status, 202, accepted.text);
    const location = accepted.headers.get('location') as string;
    assert.match(location, /^\/api\/v1\/commands\/[0-9a-f-]{36}$/);
    const command = await eventually(
      () => rest<{ state: string; productId: string; version: number }>(gatewayOf(system, 1), 'GET', location),
      (answer) => answer.body.state !== 'PENDING',
    );
    assert.deepEqual([command.body.state, command.body.version], ['COMMITTED', 1], command.text);
    assert.equal((await rest(gateway, 'GET', `${PATH}/${command.body.productId}`)).status, 200);
  });

  test('an Idempotency-Key repeats the first answer; other content under it is 422', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const first = await create(kettle, headers);
    const again = await create(kettle, headers);
    assert.equal(again.body.productId, first.body.productId);
    const other = await rest<{ error: string }>(gateway, 'POST', PATH, { ...kettle, price: 1 }, headers);
    assert.deepEqual([other.status, other.body.error], [422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  test('health, documentation and pages answer', async () => {
    for (const [path, type] of [
      [`${PATH}/health`, 'json'],
      ['/openapi.json', 'json'],
      ['/', 'html'],
      ['/graphiql', 'html'],
      ['/sandbox', 'html'],
      ['/docs', 'html'],
    ] as const) {
      const answer = await rest(gateway, 'GET', path);
      assert.equal(answer.status, 200, path);
      assert.match(answer.headers.get('content-type') ?? '', new RegExp(type), path);
    }
  });
}
