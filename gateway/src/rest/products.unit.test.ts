import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Operation } from '../operations.ts';
import {
  COMMAND_ID,
  committed,
  createApi,
  failed,
  graphProduct,
  ok,
  PRODUCT_ID,
  pending,
  rejected,
} from '../testing/fake-graph.ts';
import { commandBody, errorBody, productBody, productIdBody, productPageBody } from './schemas.ts';

const desk = { name: 'Walnut desk', description: 'Solid walnut', price: 19.99 };
/** An operation's variables as they go over the wire: without what is absent. */
const sent = (operation?: Operation) => JSON.parse(JSON.stringify(operation?.variables));
const url = `/api/v1/products/${PRODUCT_ID}`;

describe('POST /api/v1/products', () => {
  const post = (app: ReturnType<typeof createApi>['app'], payload: object, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url: '/api/v1/products', payload, headers });

  test('a committed create is 201 with the id, its place and its version', async () => {
    const { app, asked } = createApi({ RestCreateProduct: committed({ version: 1 }) });
    const response = await post(app, desk);
    assert.equal(response.statusCode, 201);
    assert.deepEqual(productIdBody.parse(response.json()), { productId: PRODUCT_ID });
    assert.equal(response.headers.location, url);
    assert.equal(response.headers.etag, '"1"');
    assert.equal(response.headers['x-version-floor'], `${PRODUCT_ID}@3`);
    assert.deepEqual(sent(asked[0]), { input: { ...desk, price: '19.99', wait: 'OUTCOME' } });
    assert.equal(asked[0]?.requestId, 'request-1');
  });

  test('a price is a number or its text', async () => {
    const { app, asked } = createApi({ RestCreateProduct: committed() });
    for (const price of [19.99, '19.99', 0, 12345678901.1234]) await post(app, { ...desk, price });
    const prices = asked.map(({ variables }) => (variables.input as { price: string }).price);
    assert.deepEqual(prices, ['19.99', '19.99', '0', '12345678901.1234']);
  });

  test('an idempotency key and the versions seen travel with the command', async () => {
    const { app, asked } = createApi({ RestCreateProduct: committed() });
    await post(app, desk, { 'idempotency-key': 'k-1', 'x-version-floor': `${PRODUCT_ID}@2` });
    assert.equal((asked[0]!.variables.input as { idempotencyKey: string }).idempotencyKey, 'k-1');
    assert.equal(asked[0]?.versionFloor, `${PRODUCT_ID}@2`);
  });

  test('a pending command is 202 with the place of the command, never 201', async () => {
    const { app } = createApi({ RestCreateProduct: pending() });
    const response = await post(app, desk);
    assert.equal(response.statusCode, 202);
    assert.equal(response.headers.location, `/api/v1/commands/${COMMAND_ID}`);
    assert.equal(response.headers['preference-applied'], undefined);
    assert.deepEqual(commandBody.parse(response.json()), {
      commandId: COMMAND_ID,
      state: 'PENDING',
      productId: PRODUCT_ID,
      version: null,
      rejection: null,
    });
  });

  test('respond-async asks for no outcome and is answered 202', async () => {
    for (const prefer of ['respond-async', 'wait=10, Respond-Async', 'respond-async; x=1']) {
      const { app, asked } = createApi({ RestCreateProduct: pending() });
      const response = await post(app, desk, { prefer });
      assert.equal(response.statusCode, 202);
      assert.equal(response.headers['preference-applied'], 'respond-async');
      assert.equal((asked[0]!.variables.input as { wait: string }).wait, 'NONE');
    }
    const { app, asked } = createApi({ RestCreateProduct: committed() });
    await post(app, desk, { prefer: 'respond-asynchronously' });
    assert.equal((asked[0]!.variables.input as { wait: string }).wait, 'OUTCOME');
  });

  test('a committed create whose product cannot be read yet is 202', async () => {
    const { data } = committed({ product: null });
    const { app } = createApi({ RestCreateProduct: failed('STALE_READ', {}, data) });
    const response = await post(app, desk);
    assert.equal(response.statusCode, 202);
    assert.equal(response.json().state, 'COMMITTED');
  });

  test('the repeat of a create whose product has been deleted since is the first outcome', async () => {
    const { app } = createApi({ RestCreateProduct: committed({ product: null, version: 1 }) });
    assert.equal((await post(app, desk)).statusCode, 201);
  });

  test('each refusal has its status', async () => {
    for (const [code, status] of [
      ['ALREADY_EXISTS', 409],
      ['IDEMPOTENCY_KEY_REUSED', 422],
      ['INTERNAL', 500],
    ] as const) {
      const { app } = createApi({ RestCreateProduct: rejected(code) });
      const response = await post(app, desk);
      assert.equal(response.statusCode, status);
      const body = errorBody.parse(response.json());
      assert.equal(body.error, code);
      assert.equal(body.status, status);
      assert.equal(body.requestId, 'request-1');
      assert.equal(body.commandId, COMMAND_ID);
      assert.ok(Math.abs(Date.parse(body.timestamp) - Date.now()) < 60_000);
    }
  });

  test('an unconfirmed command is 503 with its id; no answer leaks what failed', async () => {
    for (const code of ['COMMAND_NOT_CONFIRMED', 'UNAVAILABLE', 'SUBGRAPH_UNAVAILABLE']) {
      const { app } = createApi({ RestCreateProduct: failed(code, { commandId: COMMAND_ID }) });
      const response = await post(app, desk);
      assert.equal(response.statusCode, 503);
      assert.match(String(response.headers['retry-after']), /^\d+$/);
      assert.equal(response.json().error, code);
      assert.equal(response.json().commandId, code === 'COMMAND_NOT_CONFIRMED' ? COMMAND_ID : undefined);
      assert.ok(!response.body.includes('10.0.0.7'));
    }
  });

  test('a defect is 500 and stays inside', async () => {
    for (const answer of [
      failed('INTERNAL_SERVER_ERROR'),
      failed('GRAPHQL_VALIDATION_FAILED'),
      ok(null),
      () => {
        throw new Error('connect ECONNREFUSED 10.0.0.7:4101');
      },
    ]) {
      const { app } = createApi({ RestCreateProduct: answer });
      const response = await post(app, desk);
      assert.equal(response.statusCode, 500);
      assert.equal(response.json().error, 'INTERNAL');
      assert.ok(!response.body.includes('10.0.0.7'));
    }
  });

  test("what the graph says of the input is said with REST's names", async () => {
    const problems = [
      { path: ['input', 'price'], code: 'A', message: 'a' },
      { path: ['input', 'idempotencyKey'], code: 'B', message: 'b' },
    ];
    const { app } = createApi({ RestCreateProduct: failed('BAD_USER_INPUT', { problems }) });
    const response = await post(app, desk);
    assert.equal(response.statusCode, 400);
    assert.deepEqual(
      errorBody.parse(response.json()).problems?.map(({ path }) => path),
      [['price'], ['Idempotency-Key']],
    );
  });
});

describe('GET /api/v1/products/:id', () => {
  test('a product is 200 with its version as tag and its price as a number', async () => {
    const { app } = createApi({ RestProduct: ok({ product: graphProduct() }) });
    const response = await app.inject({ url });
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers.etag, '"3"');
    assert.deepEqual(productBody.strict().parse(response.json()), {
      productId: PRODUCT_ID,
      name: 'Walnut desk',
      description: 'Solid walnut',
      price: 19.99,
      createdAt: '2026-01-02T03:04:05.006Z',
      updatedAt: '2026-02-03T04:05:06.007Z',
    });
  });

  test('a version that is known is 304 without a body', async () => {
    const { app } = createApi({ RestProduct: ok({ product: graphProduct() }) });
    for (const known of ['"3"', 'W/"3"', '"1", "3"', '*']) {
      const response = await app.inject({ url, headers: { 'if-none-match': known } });
      assert.equal(response.statusCode, 304, known);
      assert.equal(response.headers.etag, '"3"');
      assert.equal(response.body, '');
    }
    for (const other of ['"2"', '3', '']) {
      assert.equal((await app.inject({ url, headers: { 'if-none-match': other } })).statusCode, 200, other);
    }
  });

  test('an unknown id is 404, a malformed one 400, a version not readable yet 503', async () => {
    const { app, asked } = createApi({ RestProduct: ok({ product: null }) });
    assert.equal((await app.inject({ url })).statusCode, 404);
    for (const id of ['1', 'x'.repeat(99), '%00', `${PRODUCT_ID}%20`, '%F0%9F%98%80'])
      assert.equal((await app.inject({ url: `/api/v1/products/${id}` })).statusCode, 400, id);
    assert.equal(asked.length, 1);
    assert.equal((await app.inject({ url: `/api/v1/products/${PRODUCT_ID.toUpperCase()}` })).statusCode, 404);
    assert.equal(asked[1]?.variables.id, PRODUCT_ID);
    const late = createApi({ RestProduct: failed('STALE_READ', { currentVersion: 2 }, { product: null }) });
    const response = await late.app.inject({ url, headers: { 'x-version-floor': `${PRODUCT_ID}@9` } });
    assert.equal(response.statusCode, 503);
    assert.equal(response.json().error, 'STALE_READ');
    assert.equal(late.asked[0]?.versionFloor, `${PRODUCT_ID}@9`);
  });

  test('HEAD is GET without the body', async () => {
    const { app } = createApi({ RestProduct: ok({ product: graphProduct() }) });
    const response = await app.inject({ method: 'HEAD', url });
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers.etag, '"3"');
    assert.equal(response.body, '');
  });
});

describe('GET /api/v1/products/search', () => {
  const search = (app: ReturnType<typeof createApi>['app'], query: string) =>
    app.inject({ url: `/api/v1/products/search?${query}` });

  test('a page is 200 with its place among all pages', async () => {
    const productPage = { products: [graphProduct()], hasMore: true, totalCount: 21, totalCountIsExact: true };
    const { app, asked } = createApi({ RestProductPage: ok({ productPage }) });
    const response = await search(app, 'search=desk+oak&page=2&size=10');
    assert.equal(response.statusCode, 200);
    const { products, ...rest } = productPageBody.strict().parse(response.json());
    assert.deepEqual(rest, {
      totalCount: 21,
      totalCountIsExact: true,
      totalPages: 3,
      page: 2,
      size: 10,
      hasMore: true,
    });
    assert.equal(products[0]?.price, 19.99);
    assert.deepEqual(asked[0]?.variables, { search: 'desk oak', page: 2, size: 10 });
  });

  test('without parameters it is the first ten of all', async () => {
    const productPage = { products: [], hasMore: false, totalCount: 0, totalCountIsExact: true };
    const { app, asked } = createApi({ RestProductPage: ok({ productPage }) });
    assert.equal((await search(app, '')).statusCode, 200);
    assert.deepEqual(asked[0]?.variables, { search: null, page: 1, size: 10 });
    for (const text of ['.*', '(((', '%25', '%', '"', '%F0%9F%98%80'])
      assert.equal((await search(app, `search=${text}`)).statusCode, 200, text);
  });

  test('what is out of range, given twice or unknown is 400', async () => {
    const { app, asked } = createApi({});
    for (const query of [
      'page=0',
      'page=-1',
      'page=1.5',
      'page=',
      'page=1e3',
      'page=1000000000',
      'page=99999999999999999999',
      'page=101&size=100',
      'size=0',
      'size=101',
      'size=1000000000',
      'page=1&page=2',
      'search=a&search=b',
      `search=${'a'.repeat(10_000)}`,
      'search=a%20b%20c%20d%20e%20f%20g%20h%20i%20j%20k',
      'pagesize=10',
    ]) {
      const response = await search(app, query);
      assert.equal(response.statusCode, 400, query.slice(0, 80));
      assert.equal(errorBody.parse(response.json()).error, 'BAD_USER_INPUT');
    }
    assert.equal(asked.length, 0);
  });
});

describe('PUT /api/v1/products/:id', () => {
  const put = (app: ReturnType<typeof createApi>['app'], payload: object, headers: Record<string, string> = {}) =>
    app.inject({ method: 'PUT', url, payload, headers });
  const inputOf = (api: ReturnType<typeof createApi>) =>
    api.asked.find(({ operationName }) => operationName === 'RestUpdateProduct')?.variables.input as Record<
      string,
      unknown
    >;

  test('a committed change is 200 with the product and its version', async () => {
    const api = createApi({ RestUpdateProduct: committed() });
    const response = await put(api.app, desk);
    assert.equal(response.statusCode, 200);
    assert.equal(response.headers.etag, '"3"');
    assert.equal(productBody.parse(response.json()).price, 19.99);
    assert.equal(inputOf(api).id, PRODUCT_ID);
    assert.equal(inputOf(api).expectedVersion, undefined);
  });

  test('absent fields stay', async () => {
    const api = createApi({ RestUpdateProduct: committed() });
    assert.equal((await put(api.app, { price: 5 })).statusCode, 200);
    assert.deepEqual(sent(api.asked[0]), { input: { id: PRODUCT_ID, price: '5', wait: 'OUTCOME' } });
  });

  test('If-Match becomes the expected version', async () => {
    const api = createApi({ RestUpdateProduct: committed() });
    assert.equal((await put(api.app, desk, { 'if-match': '"2"' })).statusCode, 200);
    assert.equal(inputOf(api).expectedVersion, 2);
    const any = createApi({ RestUpdateProduct: committed() });
    assert.equal((await put(any.app, desk, { 'if-match': '*' })).statusCode, 200);
    assert.equal(inputOf(any).expectedVersion, undefined);
  });

  test('a conflict is 412 with If-Match and 409 without, and names the version', async () => {
    const { app } = createApi({ RestUpdateProduct: rejected('VERSION_CONFLICT', 7) });
    const conditional = await put(app, desk, { 'if-match': '"2"' });
    assert.equal(conditional.statusCode, 412);
    assert.equal(conditional.json().currentVersion, 7);
    assert.equal(conditional.headers.etag, '"7"');
    assert.equal((await put(app, desk)).statusCode, 409);
  });

  test('any other condition is compared with the product as it is', async () => {
    const answers = {
      RestProduct: ok({ product: graphProduct({ version: 4 }) }),
      RestUpdateProduct: committed(),
    };
    for (const [headers, expected] of [
      [{ 'if-match': '"3", "4"' }, 4],
      [{ 'if-none-match': '"3"' }, 4],
      [{ 'if-match': '"4"', 'if-none-match': '"3"' }, 4],
    ] as [Record<string, string>, number][]) {
      const api = createApi(answers);
      assert.equal((await put(api.app, desk, headers)).statusCode, 200);
      assert.equal(inputOf(api).expectedVersion, expected);
    }
    for (const headers of [
      { 'if-match': '"3", "5"' },
      { 'if-match': 'W/"4"' },
      { 'if-match': '"abc"' },
      { 'if-match': '"99999999999"' },
      { 'if-none-match': '*' },
      { 'if-none-match': '"4"' },
    ] as Record<string, string>[]) {
      const api = createApi(answers);
      const response = await put(api.app, desk, headers);
      assert.equal(response.statusCode, 412, JSON.stringify(headers));
      assert.equal(response.headers.etag, '"4"');
      assert.equal(inputOf(api), undefined);
    }
    const weak = await put(createApi(answers).app, desk, { 'if-match': 'W/"4"' });
    assert.match(
      weak.json().message,
      /version 4\..*strong/,
      'the tag looks right, so the answer says what is wrong with it',
    );
    assert.doesNotMatch((await put(createApi(answers).app, desk, { 'if-match': '"3", "5"' })).json().message, /strong/);
    const missing = createApi({ RestProduct: ok({ product: null }) });
    assert.equal((await put(missing.app, desk, { 'if-match': 'W/"4"' })).statusCode, 404);
  });

  test('a malformed condition is 400', async () => {
    const { app } = createApi({});
    for (const headers of [{ 'if-match': '2' }, { 'if-match': '' }, { 'if-none-match': '"' }] as Record<
      string,
      string
    >[])
      assert.equal((await put(app, desk, headers)).statusCode, 400);
  });

  test('a missing product is 404', async () => {
    const { app } = createApi({ RestUpdateProduct: rejected('NOT_FOUND') });
    assert.equal((await put(app, desk)).statusCode, 404);
    assert.equal((await put(app, desk, { 'if-match': '"2"' })).statusCode, 404);
  });

  test('an id in the body must be the id in the path', async () => {
    const api = createApi({ RestUpdateProduct: committed() });
    for (const key of ['id', 'productId']) {
      assert.equal((await put(api.app, { ...desk, [key]: PRODUCT_ID })).statusCode, 200);
      const response = await put(api.app, { ...desk, [key]: COMMAND_ID });
      assert.equal(response.statusCode, 400);
      assert.deepEqual(response.json().problems[0].path, [key]);
    }
    assert.ok(api.asked.every(({ variables }) => (variables.input as { id: string }).id === PRODUCT_ID));
  });

  test('a change that is not readable yet is 202, one deleted since is 410', async () => {
    const { data } = committed({ product: null });
    const late = createApi({ RestUpdateProduct: failed('SUBGRAPH_UNAVAILABLE', {}, data) });
    assert.equal((await put(late.app, desk)).statusCode, 202);
    const gone = createApi({ RestUpdateProduct: committed({ product: null }) });
    assert.equal((await put(gone.app, desk)).statusCode, 410);
  });
});

describe('DELETE /api/v1/products/:id', () => {
  const remove = (app: ReturnType<typeof createApi>['app'], headers: Record<string, string> = {}) =>
    app.inject({ method: 'DELETE', url, headers });

  test('a committed deletion is 200 when the product can no longer be read', async () => {
    const { app, asked } = createApi({
      RestDeleteProduct: committed({ product: null, version: 4 }),
      RestProduct: ok({ product: null }),
    });
    const response = await remove(app, { 'if-match': '"3"' });
    assert.equal(response.statusCode, 200);
    assert.deepEqual(productIdBody.strict().parse(response.json()), { productId: PRODUCT_ID });
    assert.deepEqual(sent(asked[0]), { input: { id: PRODUCT_ID, expectedVersion: 3, wait: 'OUTCOME' } });
    assert.deepEqual(asked[1]?.variables, { id: PRODUCT_ID, minVersion: 4 });
    assert.equal(asked[1]?.versionFloor, `${PRODUCT_ID}@3`);
  });

  test('a deletion that readers cannot see yet is 202', async () => {
    for (const read of [failed('STALE_READ'), ok({ product: graphProduct() })]) {
      const { app } = createApi({
        RestDeleteProduct: committed({ product: null, version: 4 }),
        RestProduct: read,
      });
      const response = await remove(app);
      assert.equal(response.statusCode, 202);
      assert.equal(response.json().state, 'COMMITTED');
    }
  });

  test('a missing product is 404, another version 412, a malformed id 400', async () => {
    assert.equal((await remove(createApi({ RestDeleteProduct: rejected('NOT_FOUND') }).app)).statusCode, 404);
    const conflict = createApi({ RestDeleteProduct: rejected('VERSION_CONFLICT', 7) });
    assert.equal((await remove(conflict.app, { 'if-match': '"3"' })).statusCode, 412);
    assert.equal((await remove(conflict.app)).statusCode, 409);
    const { app } = createApi({});
    assert.equal((await app.inject({ method: 'DELETE', url: '/api/v1/products/1' })).statusCode, 400);
  });
});
