import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { readAnswer, type TestGateway, testGateway } from '../testing/gateway.ts';
import { COMMAND_ID, OTHER_ID, PRODUCT_ID, product } from '../testing/products.ts';

const desk = { name: 'Desk', description: 'Oak', price: 19.99 };

/** Sends a request to the gateway, with a JSON body when there is one. */
async function send(gateway: TestGateway, method: string, path: string, body?: unknown, headers = {}) {
  const response = await fetch(`${gateway.url}/api/v1${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  return readAnswer(response);
}

describe('REST through the gateway', () => {
  test('a create goes to the command subgraph and is read back from the query subgraph', async (t) => {
    const gateway = await testGateway(t);
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const headers = { 'idempotency-key': 'k-1', 'x-request-id': 'mine-1', traceparent };
    const answer = await send(gateway, 'POST', '/products', desk, headers);
    assert.equal(answer.status, 201);
    assert.deepEqual(answer.body, { productId: PRODUCT_ID });
    assert.equal(answer.headers.get('location'), `/api/v1/products/${PRODUCT_ID}`);
    assert.equal(answer.headers.get('etag'), '"3"');
    assert.equal(answer.headers.get('x-request-id'), 'mine-1');
    assert.equal(answer.headers.get('x-version-floor'), `${PRODUCT_ID}@3`);
    const [command] = gateway.commands.requests;
    assert.deepEqual(Object.values(command?.variables ?? {}), [
      { name: 'Desk', description: 'Oak', price: '19.99', wait: 'OUTCOME', idempotencyKey: 'k-1' },
    ]);
    assert.equal(command?.headers.traceparent, traceparent);
    assert.equal(command?.headers['x-request-id'], 'mine-1');
    assert.equal(gateway.queries.requests[0]?.headers['x-version-floor'], `${PRODUCT_ID}@3`);
  });

  test('a read has the version floor that the client sends', async (t) => {
    const gateway = await testGateway(t);
    const floor = { 'x-version-floor': `${PRODUCT_ID}@2` };
    const answer = await send(gateway, 'GET', `/products/${PRODUCT_ID}`, undefined, floor);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.price, 19.99);
    assert.equal(answer.headers.get('etag'), '"3"');
    assert.equal(gateway.queries.requests[0]?.headers['x-version-floor'], `${PRODUCT_ID}@2`);
    assert.equal((await send(gateway, 'GET', `/products/${OTHER_ID}`)).status, 404);
    const malformed = await send(gateway, 'GET', `/products/${PRODUCT_ID}`, undefined, { 'x-version-floor': 'x' });
    assert.equal(malformed.status, 400);
    assert.equal(malformed.body.error, 'BAD_USER_INPUT');
    assert.equal(malformed.headers.get('x-version-floor'), null);
  });

  test('a change and a deletion are answered when they can be read', async (t) => {
    let version = 0;
    const gateway = await testGateway(t, {
      queryResolvers: {
        product(_: unknown, { minVersion }: { minVersion: number }) {
          version = minVersion;
          return null;
        },
      },
    });
    const changed = await send(gateway, 'PUT', `/products/${PRODUCT_ID}`, { price: '5.50' }, { 'if-match': '"2"' });
    assert.equal(changed.status, 200);
    assert.equal(changed.body.name, product.name);
    assert.deepEqual(Object.values(gateway.commands.requests[0]?.variables ?? {}), [
      { id: PRODUCT_ID, price: '5.5', expectedVersion: 2, wait: 'OUTCOME' },
    ]);
    const deleted = await send(gateway, 'DELETE', `/products/${PRODUCT_ID}`);
    assert.equal(deleted.status, 200);
    assert.equal(version, 3);
  });

  test('a search asks for a page, and its long answer is compressed', async (t) => {
    const gateway = await testGateway(t, {
      queryResolvers: {
        productPage: (_: unknown, { size }: { size: number }) => ({
          products: Array.from({ length: size }, () => product),
          hasMore: true,
          totalCount: 41,
          totalCountIsExact: true,
        }),
      },
    });
    const answer = await send(gateway, 'GET', '/products/search?search=desk&page=2&size=20');
    assert.equal(answer.status, 200);
    assert.equal(answer.body.products.length, 20);
    assert.equal(answer.body.totalPages, 3);
    assert.equal(answer.headers.get('content-encoding'), 'gzip');
  });

  test('an unknown command is 404', async (t) => {
    const gateway = await testGateway(t);
    assert.equal((await send(gateway, 'GET', `/commands/${COMMAND_ID}`)).status, 404);
  });

  test("the subgraph's word on the input is 400 with REST's names", async (t) => {
    const gateway = await testGateway(t);
    gateway.commands.intercept((_request, response) => {
      const problems = [{ path: ['input', 'idempotencyKey'], code: 'TOO_LONG', message: 'too long' }];
      const errors = [{ message: 'bad', extensions: { code: 'BAD_USER_INPUT', problems, stacktrace: ['secret'] } }];
      response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ errors }));
      return true;
    });
    const answer = await send(gateway, 'POST', '/products', desk);
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.body.problems[0].path, ['Idempotency-Key']);
    assert.ok(!answer.text.includes('secret'));
  });

  test('a subgraph that is away is 503, and the answer does not say where it was', async (t) => {
    const gateway = await testGateway(t);
    await gateway.commands.stop();
    const created = await send(gateway, 'POST', '/products', desk);
    assert.equal(created.status, 503);
    assert.equal(created.headers.get('retry-after'), '1');
    assert.doesNotMatch(created.text, /127\.0\.0\.1|ECONN|\bat \//);
    await gateway.queries.stop();
    assert.equal((await send(gateway, 'GET', `/products/${PRODUCT_ID}`)).status, 503);
    assert.equal((await send(gateway, 'GET', '/products/health')).status, 503);
  });

  test('a body over 2 MiB is 413, another content type 415', async (t) => {
    const gateway = await testGateway(t);
    const text = (bytes: number) => {
      const frame = JSON.stringify({ ...desk, description: '' }).length;
      return JSON.stringify({ ...desk, description: 'x'.repeat(bytes - frame) });
    };
    assert.equal((await send(gateway, 'POST', '/products', text(2 * 1024 * 1024))).status, 400);
    const large = await send(gateway, 'POST', '/products', text(2 * 1024 * 1024 + 1));
    assert.equal(large.status, 413);
    assert.equal(large.body.error, 'PAYLOAD_TOO_LARGE');
    const plain = await send(gateway, 'POST', '/products', 'name=a', { 'content-type': 'text/plain' });
    assert.equal(plain.status, 415);
    assert.equal(gateway.commands.requests.length, 0);
  });

  test('every answer names its request and its trace, also where no route answers', async (t) => {
    const gateway = await testGateway(t);
    for (const [method, path, status] of [
      ['GET', '/products/%zz', 400],
      ['GET', `/products/${'a'.repeat(5_000)}`, 400],
      ['GET', '/orders', 404],
      ['PATCH', `/products/${PRODUCT_ID}`, 405],
    ] as const) {
      const answer = await raw(gateway, method, `/api/v1${path}`);
      assert.equal(answer.status, status, path);
      assert.equal(answer.body.status, status);
      assert.equal(answer.body.requestId, answer.requestId);
      assert.ok(answer.requestId);
      assert.equal(answer.body.traceId, answer.traceId);
      assert.match(String(answer.traceId), /^[0-9a-f]{32}$/);
    }
  });
});

/** A request that no client library tidies up. */
function raw(gateway: TestGateway, method: string, path: string) {
  return new Promise<{ status: number; requestId: unknown; traceId: unknown; body: Record<string, unknown> }>(
    (resolve, reject) => {
      const outgoing = request({ host: '127.0.0.1', port: gateway.port, method, path }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        const body = JSON.parse(Buffer.concat(chunks).toString());
        const { 'x-request-id': requestId, 'trace-id': traceId } = response.headers;
        resolve({ status: response.statusCode ?? 0, requestId, traceId, body });
      });
      outgoing.on('error', reject).end();
    },
  );
}
