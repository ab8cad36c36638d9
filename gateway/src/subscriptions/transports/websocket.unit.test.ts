import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { WebSocket } from 'ws';
import { createGateway } from '../../gateway.ts';
import { isAllowedOrigin } from '../../origins/allowed.ts';
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
