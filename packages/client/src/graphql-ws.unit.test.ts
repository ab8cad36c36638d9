import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ApolloClient, gql, InMemoryCache } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { until } from '@tributary/service/testing';
import type { ExecutionArgs } from 'graphql';
import { type ClientOptions, createClient, handleProtocols, makeServer } from 'graphql-ws';
import { WebSocket, WebSocketServer } from 'ws';
import { type ResumeOptions, resuming } from './index.ts';
import { createFeed, createRecord, EVENTS, eventsAre, schema } from './testing/feed.ts';

interface Setting {
  readonly options?: ResumeOptions;
  readonly clientOptions?: Partial<ClientOptions>;
}

async function setUp(t: TestContext, { options = {}, clientOptions = {} }: Setting = {}) {
  const feed = createFeed();
  const protocol = makeServer({
    schema,
    onConnect: () => ({ cursor: feed.cursor() }) as never,
    subscribe: ({ variableValues }: ExecutionArgs) => feed.follow(variableValues ?? {}) as never,
  });
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, handleProtocols });
  let accepted = 0;
  server.on('connection', (socket) => {
    accepted += 1;
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (message) => socket.send(message),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) => socket.on('message', (data) => take(String(data))),
      },
      {},
    );
    socket.once('close', (code, reason) => void closed(code, String(reason)));
  });
  await once(server, 'listening');
  const plain = createClient({
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    webSocketImpl: WebSocket,
    retryWait: async () => {},
    ...clientOptions,
  });
  const client = resuming(plain, { delayMs: () => 1, ...options });
  t.after(() => {
    client.dispose();
    cut();
    server.close();
  });

  function cut(): void {
    for (const socket of server.clients) socket.terminate();
  }

  function subscribe(variables?: Record<string, unknown>, query = EVENTS) {
    const record = createRecord();
    const stop = client.subscribe({ query, ...(variables && { variables }) }, record);
    return { ...record, stop };
  }

  const askedTimes = (times: number) => until(`${times} requests`, () => feed.asked.length === times);
  return { feed, cut, subscribe, askedTimes, client, connections: () => server.clients.size, accepted: () => accepted };
}

test('a subscription whose connection is lost goes on behind its last event', async (t) => {
  const { feed, cut, subscribe, askedTimes } = await setUp(t);
  const { events } = subscribe();
  await askedTimes(1);
  feed.publish();
  feed.publish();
  await eventsAre(events, [1, 2]);
  cut();
  feed.publish();
  await eventsAre(events, [1, 2, 3]);
  cut();
  feed.publish();
  await eventsAre(events, [1, 2, 3, 4]);
  assert.deepEqual(feed.asked, [{}, { after: 'c2' }, { after: 'c3' }]);
});

test('before its first event a subscription goes on from where its first connection began', async (t) => {
  const { feed, cut, subscribe, askedTimes } = await setUp(t);
  feed.publish();
  const { events } = subscribe({ other: 7 });
  await askedTimes(1);
  cut();
  feed.publish();
  await askedTimes(2);
  await eventsAre(events, [2]);
  assert.deepEqual(feed.asked, [{ other: 7 }, { other: 7, after: 'c1' }]);
});

test('what began on a later connection goes on from there, not from where the client began', async (t) => {
  const { feed, cut, subscribe, askedTimes } = await setUp(t, { clientOptions: { lazy: false } });
  subscribe();
  await askedTimes(1);
  cut();
  feed.publish();
  await askedTimes(2);
  subscribe();
  await askedTimes(3);
  cut();
  await askedTimes(5);
  assert.deepEqual(feed.asked.slice(3), [{ after: 'c1' }, { after: 'c1' }]);
});

test("the app's own cursor is kept until the first event", async (t) => {
  const { feed, cut, subscribe, askedTimes } = await setUp(t);
  feed.publish();
  const variables = { after: 'c1' };
  const { events } = subscribe(variables);
  await askedTimes(1);
  feed.publish();
  await eventsAre(events, [2]);
  cut();
  await askedTimes(2);
  const late = subscribe({ after: 'c9' });
  await askedTimes(3);
  cut();
  await askedTimes(5);
  assert.deepEqual(feed.asked.slice(0, 3), [{ after: 'c1' }, { after: 'c2' }, { after: 'c9' }]);
  assert.deepEqual(new Set(feed.asked.slice(3).map(({ after }) => after)), new Set(['c2', 'c9']));
  assert.deepEqual(variables, { after: 'c1' });
  assert.deepEqual(late.events, []);
});

test('an operation that takes no cursor is left alone', async (t) => {
  const { feed, cut, subscribe, askedTimes } = await setUp(t);
  const { events } = subscribe(undefined, 'subscription { event }');
  await askedTimes(1);
  feed.publish();
  await eventsAre(events, [1]);
  cut();
  await askedTimes(2);
  assert.deepEqual(feed.asked, [{}, {}]);
});

test('the subscriptions of a client have each its own place', async (t) => {
  const { feed, cut, subscribe, askedTimes } = await setUp(t);
  const early = subscribe();
  await askedTimes(1);
  feed.publish();
  await eventsAre(early.events, [1]);
  const late = subscribe({ after: 'c0' });
  await eventsAre(late.events, [1]);
  late.stop();
  const idle = subscribe();
  await askedTimes(3);
  feed.publish();
  await eventsAre(idle.events, [2]);
  const behind = subscribe({ after: 'c5' });
  await askedTimes(4);
  cut();
  await askedTimes(7);
  const cursors = feed.asked.slice(4).map(({ after }) => after);
  assert.deepEqual(cursors.sort(), ['c2', 'c2', 'c5']);
  assert.deepEqual(early.events, [1, 2]);
  assert.deepEqual(behind.events, []);
});

test('an expired cursor is an error, unless the app wants to go on from now', async (t) => {
  const { feed, subscribe } = await setUp(t);
  feed.refuseNext('CURSOR_EXPIRED');
  const { failures, ends } = subscribe({ after: 'c0' });
  await until('the error', () => ends.length > 0);
  assert.equal((failures as { extensions: { code: string } }[][])[0]?.[0]?.extensions.code, 'CURSOR_EXPIRED');
  assert.equal(feed.asked.length, 1);
});

test('a subscription that is to restart goes on from now and tells of the gap', async (t) => {
  let gaps = 0;
  const onGap = () => {
    gaps += 1;
  };
  const { feed, cut, subscribe, askedTimes } = await setUp(t, { options: { onExpired: 'restart', onGap } });
  const { events, ends } = subscribe({ after: 'c0' });
  await askedTimes(1);
  feed.publish();
  await eventsAre(events, [1]);
  feed.refuseNext('CURSOR_EXPIRED');
  cut();
  await askedTimes(3);
  assert.equal(gaps, 1);
  feed.publish();
  await eventsAre(events, [1, 2]);
  assert.deepEqual(feed.asked, [{ after: 'c0' }, { after: 'c1' }, {}]);
  assert.deepEqual(ends, []);
});

test('a subscription that was too slow goes on from the cursor of the error, over the same connection', async (t) => {
  const { feed, subscribe, askedTimes, accepted } = await setUp(t);
  const { events, ends } = subscribe();
  await askedTimes(1);
  feed.publish();
  feed.publish();
  await eventsAre(events, [1, 2]);
  feed.fail('SLOW_CONSUMER', 'c1');
  await eventsAre(events, [1, 2, 2]);
  assert.deepEqual(feed.asked, [{}, { after: 'c1' }]);
  assert.deepEqual(ends, []);
  assert.equal(accepted(), 1);
});

test('an app may see for itself that it was too slow', async (t) => {
  const { feed, subscribe, askedTimes } = await setUp(t, { options: { resumeAfter: [] } });
  const { ends } = subscribe();
  await askedTimes(1);
  feed.fail('SLOW_CONSUMER', 'c0');
  await until('the error', () => ends.length > 0);
  assert.deepEqual(ends, ['error']);
  assert.equal(feed.asked.length, 1);
});

test('an error that stays ends the subscription after some attempts', async (t) => {
  const { feed, subscribe, askedTimes } = await setUp(t, { options: { attempts: 2 } });
  const { ends, events } = subscribe();
  await askedTimes(1);
  feed.publish();
  await eventsAre(events, [1]);
  for (const times of [2, 3]) {
    feed.fail('UNAVAILABLE');
    await askedTimes(times);
  }
  assert.deepEqual(ends, []);
  feed.fail('UNAVAILABLE');
  await until('the error', () => ends.length > 0);
  assert.deepEqual(feed.asked, [{}, { after: 'c1' }, { after: 'c1' }]);
});

test('a result gives a subscription its attempts back', async (t) => {
  const { feed, subscribe, askedTimes } = await setUp(t, { options: { attempts: 1 } });
  const { ends, events } = subscribe();
  for (const times of [1, 2, 3]) {
    await askedTimes(times);
    feed.publish();
    await until('the event', () => events.length === times);
    feed.fail('UNAVAILABLE');
  }
  await askedTimes(4);
  assert.deepEqual(ends, []);
});

test('a subscription that is stopped while it waits is over', async (t) => {
  let waits = 0;
  const delayMs = () => {
    waits += 1;
    return 60_000;
  };
  const { feed, subscribe, askedTimes, connections } = await setUp(t, { options: { delayMs } });
  const { ends, stop } = subscribe();
  await askedTimes(1);
  feed.fail('UNAVAILABLE');
  await until('the wait', () => waits === 1);
  stop();
  stop();
  assert.deepEqual(ends, ['complete']);
  await until('the connection is given up', () => connections() === 0);
});

test('an iteration goes on as well, and ends with its loop', async (t) => {
  const { feed, cut, client, askedTimes, connections } = await setUp(t);
  const iteration = client.iterate({ query: EVENTS });
  await askedTimes(1);
  feed.publish();
  const events: unknown[] = [];
  for await (const result of iteration) {
    events.push(result.data?.event);
    if (events.length === 3) break;
    cut();
    feed.publish();
  }
  assert.deepEqual(events, [1, 2, 3]);
  assert.deepEqual(feed.asked, [{}, { after: 'c1' }, { after: 'c2' }]);
  await until('the connection is given up', () => connections() === 0);
});

test('an iteration that is left while it waits ends', async (t) => {
  const { client, askedTimes } = await setUp(t);
  const iteration = client.iterate({ query: EVENTS });
  const next = iteration.next();
  await askedTimes(1);
  await iteration.return?.();
  assert.deepEqual(await next, { done: true, value: undefined });
});

test('an iteration throws the error that ends it', async (t) => {
  const { feed, client } = await setUp(t);
  feed.refuseNext('CURSOR_INVALID');
  await assert.rejects(
    async () => await client.iterate({ query: EVENTS, variables: { after: 'x1' } }).next(),
    ([error]: { extensions: unknown }[]) => assert.deepEqual(error?.extensions, { code: 'CURSOR_INVALID' }) ?? true,
  );
});

test('Apollo Client goes on over its WebSocket link', async (t) => {
  const { feed, cut, client, askedTimes } = await setUp(t);
  const apollo = new ApolloClient({ link: new GraphQLWsLink(client), cache: new InMemoryCache() });
  t.after(() => apollo.stop());
  const { events, next } = createRecord();
  apollo.subscribe({ query: gql(EVENTS) }).subscribe(next);
  await askedTimes(1);
  feed.publish();
  await eventsAre(events, [1]);
  cut();
  feed.publish();
  await eventsAre(events, [1, 2]);
  assert.deepEqual(feed.asked, [{}, { after: 'c1' }]);
});
