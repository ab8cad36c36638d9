import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TestGateway, testGateway } from '../testing/gateway.ts';
import { PRODUCT_ID } from '../testing/products.ts';

const SHOP = 'https://shop.example';
const QUERY = JSON.stringify({ query: `{ product(id: "${PRODUCT_ID}") { id } }` });
const SUBSCRIPTION = JSON.stringify({ query: 'subscription { productCreated { productId } }' });
const JSON_TYPE = { 'content-type': 'application/json' };
const MULTIPART = 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json';

/** What a page may ask for, of whatever kind its answer is. */
const asked: Readonly<Record<string, { readonly path: string; readonly init: RequestInit }>> = {
  'a query': { path: '/graphql', init: { method: 'POST', headers: JSON_TYPE, body: QUERY } },
  'a document that is wrong': {
    path: '/graphql',
    init: { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ query: '{ nothing }' }) },
  },
  'a body that is no JSON': { path: '/graphql', init: { method: 'POST', headers: JSON_TYPE, body: '{' } },
  'a product over REST': { path: `/api/v1/products/${PRODUCT_ID}`, init: {} },
  'what is not there': { path: '/api/v1/nothing', init: {} },
  'server-sent events': {
    path: '/graphql/stream',
    init: { method: 'POST', headers: { ...JSON_TYPE, accept: 'text/event-stream' }, body: SUBSCRIPTION },
  },
  'a multipart stream': {
    path: '/graphql',
    init: { method: 'POST', headers: { ...JSON_TYPE, accept: MULTIPART }, body: SUBSCRIPTION },
  },
};

async function ask({ url }: TestGateway, name: string, origin: string) {
  const { path, init } = asked[name]!;
  const leaving = new AbortController();
  const { headers } = await fetch(`${url}${path}`, {
    ...init,
    headers: { ...init.headers, origin },
    signal: leaving.signal,
  });
  leaving.abort();
  return headers;
}

function preflight({ url }: TestGateway, path: string, method: string, headers: string, origin = SHOP) {
  const ask = { origin, 'access-control-request-method': method, 'access-control-request-headers': headers };
  return fetch(`${url}${path}`, { method: 'OPTIONS', headers: ask });
}

const allowOrigin = (headers: Headers) => headers.get('access-control-allow-origin');

test('a page of an allowed origin may read every answer, and the headers that it has a use for', async (t) => {
  const gateway = await testGateway(t, { allowedOrigins: ['https://other.example', SHOP] });
  for (const name of Object.keys(asked)) {
    const headers = await ask(gateway, name, SHOP);
    assert.equal(allowOrigin(headers), SHOP, name);
    assert.match(headers.get('vary') ?? '', /\borigin\b/i, name);
    const exposed = headers.get('access-control-expose-headers')?.split(', ') ?? [];
    for (const header of ['trace-id', 'x-request-id', 'x-version-floor', 'x-cursor', 'etag', 'location', 'retry-after'])
      assert.ok(exposed.includes(header), `${name}: ${header}`);
    assert.equal(headers.get('access-control-allow-credentials'), null, name);
    assert.match(headers.get('trace-id') ?? '', /^[\da-f]{32}$/, name);
  }
});

test('a page of an allowed origin is told before it asks that it may', async (t) => {
  const gateway = await testGateway(t, { allowedOrigins: [SHOP] });
  for (const [path, method, headers] of [
    ['/graphql', 'POST', 'content-type,traceparent,x-version-floor,authorization'],
    ['/graphql/stream', 'POST', 'content-type,last-event-id'],
    [`/api/v1/products/${PRODUCT_ID}`, 'PUT', 'content-type,if-match,idempotency-key'],
    [`/api/v1/products/${PRODUCT_ID}`, 'DELETE', 'if-match'],
  ] as const) {
    const answer = await preflight(gateway, path, method, headers);
    assert.equal(answer.status, 204, path);
    assert.equal(allowOrigin(answer.headers), SHOP, path);
    assert.ok(answer.headers.get('access-control-allow-methods')?.split(', ').includes(method), `${method} ${path}`);
    assert.equal(answer.headers.get('access-control-allow-headers'), headers, path);
    assert.equal(answer.headers.get('access-control-max-age'), '600');
  }
});

test('a page of any other origin is allowed nothing', async (t) => {
  const gateway = await testGateway(t, { allowedOrigins: [SHOP] });
  const others = ['https://shop.example.evil.example', 'http://shop.example', 'https://shop.example:8443', 'null'];
  for (const origin of others) {
    for (const name of Object.keys(asked)) assert.equal(allowOrigin(await ask(gateway, name, origin)), null, name);
    const answer = await preflight(gateway, '/graphql', 'POST', 'content-type', origin);
    assert.equal(allowOrigin(answer.headers), null, origin);
  }
});

test('where no origin is allowed, nothing is said of origins', async (t) => {
  const gateway = await testGateway(t);
  for (const name of Object.keys(asked)) assert.equal(allowOrigin(await ask(gateway, name, SHOP)), null, name);
  const answer = await preflight(gateway, '/graphql', 'POST', 'content-type');
  assert.deepEqual([answer.status, allowOrigin(answer.headers)], [204, null]);
});

test('what is no preflight is answered by its route', async (t) => {
  const gateway = await testGateway(t, { allowedOrigins: [SHOP] });
  const graphql = await fetch(`${gateway.url}/graphql`, { method: 'OPTIONS', headers: { origin: SHOP } });
  assert.deepEqual([graphql.status, graphql.headers.get('allow')], [204, 'GET, HEAD, POST, OPTIONS']);
  const products = await fetch(`${gateway.url}/api/v1/products`, { method: 'OPTIONS', headers: { origin: SHOP } });
  assert.deepEqual([products.status, products.headers.get('allow')], [204, 'POST, OPTIONS']);
  const nowhere = await fetch(`${gateway.url}/nowhere`, { method: 'OPTIONS' });
  assert.equal(nowhere.status, 404);
  assert.equal(typeof ((await nowhere.json()) as { traceId: unknown }).traceId, 'string');
});
