import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OperationResult } from '../operations.ts';
import { COMMAND_ID, committed, createApi, failed, graphCommand, ok, PRODUCT_ID } from '../testing/fake-graph.ts';
import { commandBody, errorBody } from './schemas.ts';

const desk = { name: 'Walnut desk', description: 'Solid walnut', price: 19.99 };

describe('the body of a request', () => {
  const post = (payload: string | Buffer, contentType = 'application/json', answers = {}) =>
    createApi(answers).app.inject({
      method: 'POST',
      url: '/api/v1/products',
      payload,
      headers: { 'content-type': contentType },
    });
  const codesOf = async (body: string) => {
    const response = await post(body);
    assert.equal(response.statusCode, 400);
    const { problems = [] } = errorBody.parse(response.json());
    return Object.fromEntries(problems.map(({ path, code }) => [path.join('.'), code]));
  };

  test('all problems are told at once', async () => {
    assert.deepEqual(
      Object.keys(await codesOf('{"name":"","description":7,"price":-1,"colour":"red","id":"1"}')).sort(),
      ['colour', 'description', 'id', 'name', 'price'],
    );
    assert.deepEqual(await codesOf('{}'), { name: 'REQUIRED', description: 'REQUIRED', price: 'REQUIRED' });
  });

  test('names out of their limits are refused, within them taken', async () => {
    const withName = (name: string) =>
      post(JSON.stringify({ ...desk, name }), undefined, { RestCreateProduct: committed() });
    for (const name of ['', '   ', 'a'.repeat(251), '😀'.repeat(251), '\ud800', 'a\u0000b'])
      assert.equal((await withName(name)).statusCode, 400, JSON.stringify(name.slice(0, 10)));
    for (const name of ['a', 'a'.repeat(250), '😀'.repeat(250), ` ${'a'.repeat(250)} `])
      assert.equal((await withName(name)).statusCode, 201, JSON.stringify(name.slice(0, 10)));
  });

  test('a header is checked with the body', async () => {
    const { app } = createApi({});
    const headers = { 'idempotency-key': 'k'.repeat(256) };
    const response = await app.inject({ method: 'POST', url: '/api/v1/products', payload: { name: 'a' }, headers });
    const { problems = [] } = errorBody.parse(response.json());
    assert.deepEqual(problems.map(({ path }) => path.join('.')).sort(), ['Idempotency-Key', 'description', 'price']);
  });

  test('prices that are no exact decimals are refused', async () => {
    for (const price of ['-1', '1e400', '"abc"', '19.999999', 'null', '""', 'true', '[1]', '123456789012', '"NaN"'])
      assert.ok('price' in (await codesOf(`{"name":"a","description":"b","price":${price}}`)), price);
  });

  test('what is no JSON object is 400', async () => {
    for (const body of ['{"name":', '', 'NaN', '{"price":NaN}']) assert.equal((await post(body)).statusCode, 400, body);
    assert.equal((await post('{"name":')).json().error, 'MALFORMED_JSON');
    for (const body of ['[]', 'null', '1', '"a"'])
      assert.equal((await post(body)).json().error, 'BAD_USER_INPUT', body);
    const latin1 = Buffer.from(JSON.stringify({ ...desk, name: 'Café' }), 'latin1');
    assert.equal((await post(latin1)).json().error, 'MALFORMED_JSON');
  });

  test('a prototype is an unknown field', async () => {
    assert.deepEqual(await codesOf('{"name":"a","description":"b","price":1,"__proto__":{"x":1}}'), {
      ['__proto__']: 'UNKNOWN_FIELD',
    });
  });

  test('other content types are 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'nonsense']) {
      const response = await post('name=a', type);
      assert.equal(response.statusCode, 415, type);
      assert.equal(errorBody.parse(response.json()).error, 'UNSUPPORTED_MEDIA_TYPE');
    }
    const answers = { RestCreateProduct: committed() };
    assert.equal((await post(JSON.stringify(desk), 'application/json; charset=utf-8', answers)).statusCode, 201);
  });

  test('many unknown fields do not make a long answer', async () => {
    const body = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`${n}${'x'.repeat(200)}`, 1]));
    const response = await post(JSON.stringify(body));
    assert.equal(response.statusCode, 400);
    assert.ok(response.body.length < 20_000);
  });
});

describe('paths and methods', () => {
  test('another method is 405 with those that there are', async () => {
    const { app } = createApi({});
    for (const [method, url, allow] of [
      ['GET', '/api/v1/products', 'POST, OPTIONS'],
      ['PATCH', `/api/v1/products/${PRODUCT_ID}`, 'HEAD, GET, PUT, DELETE, OPTIONS'],
      ['POST', '/api/v1/products/search', 'HEAD, GET, OPTIONS'],
      ['DELETE', `/api/v1/commands/${COMMAND_ID}`, 'HEAD, GET, OPTIONS'],
    ] as const) {
      const response = await app.inject({ method, url, payload: 'x', headers: { 'content-type': 'text/plain' } });
      assert.equal(response.statusCode, 405, `${method} ${url}`);
      assert.equal(response.headers.allow, allow);
      assert.equal(errorBody.parse(response.json()).error, 'METHOD_NOT_ALLOWED');
    }
    const options = await app.inject({ method: 'OPTIONS', url: '/api/v1/products' });
    assert.equal(options.statusCode, 204);
    assert.equal(options.headers.allow, 'POST, OPTIONS');
  });

  test('an unknown path is 404', async () => {
    const { app } = createApi({});
    for (const url of ['/api/v1', '/api/v1/', '/api/v1/orders', `/api/v1/products/${PRODUCT_ID}/price`]) {
      const response = await app.inject({ url });
      assert.equal(response.statusCode, 404, url);
      assert.equal(errorBody.parse(response.json()).error, 'ROUTE_NOT_FOUND');
    }
  });
});

describe('GET /api/v1/commands/:id', () => {
  const get = (answer: OperationResult) =>
    createApi({ RestCommand: answer }).app.inject({ url: `/api/v1/commands/${COMMAND_ID}` });

  test('a known command is 200 with its state', async () => {
    const rejection = { code: 'NOT_FOUND', message: 'no such product', field: null, currentVersion: null } as const;
    const command = graphCommand({ state: 'REJECTED', version: null, rejection });
    const response = await get(ok({ command }));
    assert.equal(response.statusCode, 200);
    assert.deepEqual(commandBody.strict().parse(response.json()), {
      commandId: COMMAND_ID,
      state: 'REJECTED',
      productId: PRODUCT_ID,
      version: null,
      rejection,
    });
  });

  test('an unknown one is 404, and 503 when nobody can say', async () => {
    assert.equal((await get(ok({ command: null }))).statusCode, 404);
    assert.equal((await get(failed('SUBGRAPH_UNAVAILABLE', {}, { command: null }))).statusCode, 503);
  });
});
