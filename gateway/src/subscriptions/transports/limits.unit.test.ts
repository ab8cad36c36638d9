import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { until } from '@tributary/service/testing';
import { GraphQLError } from 'graphql';
import { WebSocket } from 'ws';
import { type TestGateway, testGateway } from '../../testing/gateway.ts';

interface Socket {
  readonly socket: WebSocket;
  send(message: object): void;
  /** The next message. */
  receive(): Promise<{ readonly type: string; readonly payload?: unknown }>;
  /** The code with which it was closed. */
  readonly closed: Promise<number>;
}

/** A socket of which nothing is hidden by a client's library. */
async function open(t: TestContext, { url }: TestGateway, headers: Record<string, string> = {}): Promise<Socket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws', { headers });
  t.after(() => socket.terminate());
  const messages: Awaited<ReturnType<Socket['receive']>>[] = [];
  socket.on('message', (data) => void messages.push(JSON.parse(String(data))));
  const closed = once(socket, 'close').then(([code]) => code as number);
  await once(socket, 'open');
  return {
    socket,
    send: (message) => socket.send(JSON.stringify(message)),
    receive: () => until('a message', () => messages.shift()),
    closed,
  };
}

async function statusOf({ url }: TestGateway): Promise<number> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const [, response] = await once(socket, 'unexpected-response');
  response.resume();
  socket.on('error', () => {}).terminate();
  return response.statusCode;
}

async function count(gateway: TestGateway, name: string, labels: Record<string, string>): Promise<number> {
  const { values = [] } = (await gateway.registry.getSingleMetric(`tributary_gateway_${name}`)?.get()) ?? {};
  const isOf = (found: Record<string, unknown>) => Object.entries(labels).every(([key, value]) => found[key] === value);
  return values.filter(({ labels }) => isOf(labels)).reduce((sum, { value }) => sum + value, 0);
}

const refused = (gateway: TestGateway, reason: string) => count(gateway, 'subscriptions_refused_total', { reason });
const cut = (gateway: TestGateway, reason: string) =>
  count(gateway, 'subscription_connections_cut_total', { transport: 'websocket', reason });

const SUBSCRIBE = { type: 'subscribe', payload: { query: 'subscription { productCreated { id } }' } };

test('the acknowledgement of a connection has the cursor to begin with', async (t) => {
  const gateway = await testGateway(t);
  const { send, receive } = await open(t, gateway);
  send({ type: 'connection_init' });
  const { type, payload } = await receive();
  assert.equal(type, 'connection_ack');
  assert.match((payload as { cursor: string }).cursor, /^[\w-]{20,}$/);
});

test('a socket that does not begin is closed', async (t) => {
  const gateway = await testGateway(t, { subscriptions: { initTimeoutMs: 20 } });
  const { closed } = await open(t, gateway);
  assert.equal(await closed, 4408);
  assert.equal(await refused(gateway, 'init_timeout'), 1);
});

test('a message that is too large closes its socket', async (t) => {
  const gateway = await testGateway(t, { subscriptions: { payloadBytes: 100 } });
  const { socket, closed } = await open(t, gateway);
  socket.send('x'.repeat(101));
  assert.equal(await closed, 1009);
  assert.equal(await refused(gateway, 'payload'), 1);
});

test('an address holds so many sockets, and a gateway so many in all', async (t) => {
  const ofAddress = await testGateway(t, { subscriptions: { socketsPerAddress: 1 } });
  const first = await open(t, ofAddress);
  assert.equal(await statusOf(ofAddress), 429);
  assert.equal(await refused(ofAddress, 'address'), 1);
  first.socket.close();
  await first.closed;
  await until('it is counted out', async () => (await count(ofAddress, 'subscription_connections_open', {})) === 0);
  await open(t, ofAddress);

  const inAll = await testGateway(t, { subscriptions: { sockets: 1, socketsPerAddress: 0 } });
  await open(t, inAll);
  assert.equal(await statusOf(inAll), 503);
  assert.equal(await refused(inAll, 'sockets'), 1);
});

test('a gateway serves so many subscriptions in all', async (t) => {
  const gateway = await testGateway(t, { subscriptions: { total: 1 } });
  const { send, receive } = await open(t, gateway);
  send({ type: 'connection_init' });
  await receive();
  send({ id: '1', ...SUBSCRIBE });
  send({ id: '2', ...SUBSCRIBE });
  assert.match(JSON.stringify(await receive()), /"id":"2".*TOO_MANY_SUBSCRIPTIONS/);
  assert.equal(await refused(gateway, 'total'), 1);
  assert.deepEqual(await receive(), { id: '2', type: 'complete' });
  send({ id: '1', type: 'complete' });
  await until('there is room again', async () => {
    send({ id: '3', ...SUBSCRIBE });
    return (await count(gateway, 'subscriptions_open', {})) === 1;
  });
});

test('a document that is too deep is refused, and counted', async (t) => {
  const gateway = await testGateway(t, { limits: { depth: 2 } });
  const { send, receive } = await open(t, gateway);
  send({ type: 'connection_init' });
  await receive();
  send({ id: '1', type: 'subscribe', payload: { query: 'subscription { productCreated { product { id } } }' } });
  assert.match(JSON.stringify(await receive()), /"type":"error".*GRAPHQL_VALIDATION_FAILED/);
  assert.equal(await refused(gateway, 'document'), 1);
});

test('a socket that is too old is told to come again', async (t) => {
  const gateway = await testGateway(t, { subscriptions: { lifetimeMs: 30 } });
  const { closed } = await open(t, gateway);
  assert.equal(await closed, 1012);
  assert.equal(await cut(gateway, 'lifetime'), 1);
});

test('a client that answers no ping is cut off', async (t) => {
  const gateway = await testGateway(t, { subscriptions: { pingMs: 20 } });
  const { socket, closed } = await open(t, gateway);
  const answered = await open(t, gateway);
  socket.pause();
  await until('it is cut off', async () => (await cut(gateway, 'silent')) === 1);
  socket.resume();
  assert.equal(await closed, 1006);
  assert.equal(answered.socket.readyState, WebSocket.OPEN);
});

test('who may not be here is closed out, and who may no longer is when that time has come', async (t) => {
  const gateway = await testGateway(t, {
    identify({ connectionParams }) {
      if (!connectionParams.token) throw new GraphQLError('no', { extensions: { code: 'UNAUTHENTICATED' } });
      return { visibility: 'all', expiresAtMs: Date.now() + 50 };
    },
  });
  const stranger = await open(t, gateway);
  stranger.send({ type: 'connection_init' });
  assert.equal(await stranger.closed, 4403);
  assert.equal(await refused(gateway, 'identity'), 1);

  const known = await open(t, gateway);
  known.send({ type: 'connection_init', payload: { token: 'x' } });
  assert.equal((await known.receive()).type, 'connection_ack');
  assert.equal(await known.closed, 4403);
  assert.equal(await cut(gateway, 'expired'), 1);
});

test('a stop sends clients away in batches, spread over the time', async (t) => {
  const gateway = await testGateway(t, { subscriptions: { drainMs: 400 } });
  const sockets = await Promise.all(Array.from({ length: 20 }, () => open(t, gateway)));
  const order: number[] = [];
  for (const [index, { closed }] of sockets.entries()) void closed.then(() => order.push(index));
  const stopped = gateway.stop();
  await Promise.race(sockets.map(({ closed }) => closed));
  assert(sockets.filter(({ socket }) => socket.readyState === WebSocket.OPEN).length > 10, 'most are still there');
  await stopped;
  assert.deepEqual(new Set(await Promise.all(sockets.map(({ closed }) => closed))), new Set([1012]));
  assert.equal(await cut(gateway, 'drain'), 20);
  assert.notDeepEqual(
    order,
    [...order].sort((a, b) => a - b),
    'the order is random',
  );
});
