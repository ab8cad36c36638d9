import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { WebSocket } from 'ws';
import { createGateway } from '../../gateway.ts';
import { isAllowedOrigin } from '../../origins/allowed.ts';
import { errorBody } from '../../rest/schemas.ts';
import { testGateway } from '../../testing/gateway.ts';
import { subscriber } from '../../testing/subscriber.ts';

type Opened = { status: number } | { socket: WebSocket };

async function open(t: TestContext, url: string, headers: Record<string, string>, path = '/graphql'): Promise<Opened> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, 'graphql-transport-ws', { headers });
  t.after(() => socket.terminate());
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve({ socket }));
    socket.once('unexpected-response', (_, response) => resolve({ status: response.resume().statusCode ?? 0 }));
    socket.once('error', reject);
  });
}

test('a refused WebSocket is told why like any refusal, with its request id and its trace id', async (t) => {
  const gateway = await testGateway(t, { subscriptions: { socketsPerAddress: 1 } });
  assert.ok('socket' in (await open(t, gateway.url, {})));
  for (const [path, origin, status, code, retryAfter] of [
    ['/other', gateway.url, 404, 'NOT_FOUND', undefined],
    ['/graphql', 'https://evil.example', 403, 'FORBIDDEN', undefined],
    ['/graphql', gateway.url, 429, 'TOO_MANY_CONNECTIONS', '5'],
  ] as const) {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    const headers = { origin, traceparent, 'x-request-id': 'r-1' };
    const socket = new WebSocket(`${gateway.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws', { headers });
    const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
    assert.deepEqual([response.statusCode, response.headers['retry-after']], [status, retryAfter]);
    assert.equal(response.headers['trace-id'], '0af7651916cd43dd8448eb211c80319c');
    assert.equal(response.headers['x-request-id'], 'r-1');
    const body = errorBody.parse(JSON.parse(await text(response)));
    assert.deepEqual(
      [body.status, body.error, body.requestId, body.traceId],
      [status, code, 'r-1', '0af7651916cd43dd8448eb211c80319c'],
    );
  }
});

test('only pages of the gateway and of allowed origins may open a WebSocket', async (t) => {
  const gateway = await testGateway(t, { allowedOrigins: ['https://shop.example'] });
  assert.ok('socket' in (await open(t, gateway.url, {})));
  for (const origin of [gateway.url, 'https://shop.example'])
    assert.ok('socket' in (await open(t, gateway.url, { origin })), origin);
  for (const origin of ['https://evil.example', 'null', 'https://shop.example.evil.example', 'http://127.0.0.1:1'])
    assert.deepEqual(await open(t, gateway.url, { origin }), { status: 403 }, origin);
  assert.deepEqual(await open(t, gateway.url, {}, '/other'), { status: 404 });
});

test('an origin is compared whole', () => {
  assert.equal(isAllowedOrigin({ origin: 'http://a.example', host: 'a.example' }, []), true);
  assert.equal(isAllowedOrigin({ origin: 'http://a.example:81', host: 'a.example' }, []), false);
  assert.equal(isAllowedOrigin({ origin: 'http://b.example', host: 'a.example' }, ['http://b.example:80']), false);
  assert.equal(isAllowedOrigin({ origin: '', host: 'a.example' }, []), false);
});

test('a message over 64 KiB closes its connection and no other', async (t) => {
  const gateway = await testGateway(t);
  const other = await open(t, gateway.url, {});
  const opened = await open(t, gateway.url, {});
  assert.ok('socket' in opened && 'socket' in other);
  opened.socket.send('x'.repeat(64 * 1024 + 1));
  const [code] = await once(opened.socket, 'close');
  assert.equal(code, 1009);
  assert.equal(other.socket.readyState, WebSocket.OPEN);
});

test('a client that does not speak the protocol is told so', async (t) => {
  const gateway = await testGateway(t);
  const opened = await open(t, gateway.url, {});
  assert.ok('socket' in opened);
  opened.socket.send('hello');
  const [code] = await once(opened.socket, 'close');
  assert.equal(code, 4400);
});

test('a connection holds a bounded number of operations', async (t) => {
  const gateway = await testGateway(t);
  const { client } = subscriber(t, gateway.url);
  const subscribe = () =>
    new Promise<unknown>((resolve) => {
      const sink = { next: () => {}, error: resolve, complete: () => resolve('complete') };
      client.subscribe({ query: 'subscription { productCreated { id } }' }, sink);
    });
  for (let n = 0; n < 100; n += 1) void subscribe();
  const refused = (await subscribe()) as { extensions: { code: string } }[];
  assert.equal(refused[0]?.extensions.code, 'TOO_MANY_OPERATIONS');
});

test('a stop tells clients to come again, and a stopped gateway leaves nothing open', async (t) => {
  const running = await testGateway(t);
  const gateway = await createGateway({
    log: running.log,
    commandsUrls: [running.commands.url],
    queriesUrls: [running.queries.url],
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger(),
    registry: new Registry(),
    signal: new AbortController().signal,
  });
  const opened = await open(t, gateway.url, {});
  assert.ok('socket' in opened);
  const closed = once(opened.socket, 'close');
  await gateway.stop();
  assert.equal((await closed)[0], 1012);
  await assert.rejects(fetch(gateway.url));
});
