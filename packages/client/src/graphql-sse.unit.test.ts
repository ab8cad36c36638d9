import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { until } from '@tributary/service/testing';
import { createClient } from 'graphql-sse';
import { createHandler } from 'graphql-sse/lib/use/http';
import { cursorFetch, type ResumeOptions, resuming } from './index.ts';
import { createFeed, createRecord, EVENTS, eventsAre, schema, withErrorsAsResults } from './testing/feed.ts';

async function setUp(t: TestContext, options: ResumeOptions = {}) {
  const feed = createFeed();
  const handle = createHandler({
    schema,
    subscribe: ({ variableValues }) => withErrorsAsResults(feed.follow(variableValues ?? {})) as never,
  });
  const refusals: string[] = [];
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    const refusal = refusals.shift();
    if (refusal !== undefined) {
      response.writeHead(400, { 'content-type': 'application/json' }).end(refusal);
      return;
    }
    response.setHeader('x-cursor', feed.cursor());
    void handle(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql/stream`;
  let answered = 0;
  const counted: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    answered += 1;
    return response;
  };
  const plain = createClient({ url, fetchFn: cursorFetch(counted), retry: async () => {} });
  const client = resuming(plain, { delayMs: () => 1, ...options });
  t.after(() => {
    client.dispose();
    server.closeAllConnections();
    server.close();
  });

  function subscribe(variables?: Record<string, unknown>, query = EVENTS) {
    const record = createRecord();
    const stop = client.subscribe({ query, ...(variables && { variables }) }, record as never);
    return { ...record, stop };
  }
  const askedTimes = (times: number) => until(`${times} requests`, () => feed.asked.length === times);
  const answeredTimes = (times: number) => until(`${times} answers`, () => answered === times);
  return {
    feed,
    client,
    subscribe,
    askedTimes,
    answeredTimes,
    refusals,
    requests: () => requests,
    cut: () => server.closeAllConnections(),
  };
}

test('a subscription whose connection is lost goes on behind its last event', async (t) => {
  const { feed, cut, subscribe, askedTimes } = await setUp(t);
  const { events } = subscribe({ other: 7 });
  await askedTimes(1);
  feed.publish();
  feed.publish();
  await eventsAre(events, [1, 2]);
  cut();
  feed.publish();
  await eventsAre(events, [1, 2, 3]);
  assert.deepEqual(feed.asked, [{ other: 7 }, { other: 7, after: 'c2' }]);
});

test('before its first event a subscription goes on from where its first answer began', async (t) => {
  const { feed, cut, subscribe, askedTimes, answeredTimes } = await setUp(t);
  const first = subscribe();
  await askedTimes(1);
  feed.publish();
  await eventsAre(first.events, [1]);
  const given = subscribe({ after: 'c7' });
  const second = subscribe();
  await answeredTimes(3);
  cut();
  feed.publish();
  await askedTimes(6);
  await eventsAre(second.events, [2]);
  assert.deepEqual(
    feed.asked
      .slice(0, 3)
      .map(({ after }) => after)
      .sort(),
    ['c7', undefined, undefined],
  );
  assert.deepEqual(
    feed.asked
      .slice(3)
      .map(({ after }) => after)
      .sort(),
    ['c1', 'c1', 'c7'],
  );
  assert.deepEqual(given.events, []);
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

test('an expired cursor is the last result, unless the app wants to go on from now', async (t) => {
  const { feed, subscribe } = await setUp(t);
  feed.refuseNext('CURSOR_EXPIRED');
  const { failures, ends } = subscribe({ after: 'c0' });
  await until('the end', () => ends.length > 0);
  assert.deepEqual(ends, ['complete']);
  assert.equal(failures.length, 1);
  assert.equal(feed.asked.length, 1);
});

test('a subscription that is to restart goes on from now and tells of the gap', async (t) => {
  let gaps = 0;
  const onGap = () => {
    gaps += 1;
  };
  const { feed, subscribe, askedTimes } = await setUp(t, { onExpired: 'restart', onGap });
  feed.publish();
  feed.refuseNext('CURSOR_EXPIRED');
  const { events, failures, ends } = subscribe({ after: 'c0' });
  await askedTimes(2);
  assert.equal(gaps, 1);
  feed.publish();
  await eventsAre(events, [2]);
  assert.deepEqual(feed.asked, [{ after: 'c0' }, {}]);
  assert.deepEqual({ failures, ends }, { failures: [], ends: [] });
});

const expired = JSON.stringify({ errors: [{ message: 'too old', extensions: { code: 'CURSOR_EXPIRED' } }] });

test('a refusal by its status is the last result as well, and not repeated', async (t) => {
  const { refusals, requests, subscribe } = await setUp(t);
  refusals.push(expired);
  const { failures, ends } = subscribe({ after: 'c0' });
  await until('the end', () => ends.length > 0);
  assert.deepEqual(ends, ['complete']);
  assert.deepEqual(failures, [[{ message: 'too old', extensions: { code: 'CURSOR_EXPIRED' } }]]);
  assert.equal(requests(), 1);
});

test('a subscription whose cursor has expired when it comes again restarts', async (t) => {
  let gaps = 0;
  const onGap = () => {
    gaps += 1;
  };
  const { feed, refusals, cut, subscribe, askedTimes } = await setUp(t, { onExpired: 'restart', onGap });
  const { events, failures, ends } = subscribe();
  await askedTimes(1);
  feed.publish();
  await eventsAre(events, [1]);
  refusals.push(expired);
  cut();
  await askedTimes(2);
  feed.publish();
  await eventsAre(events, [1, 2]);
  assert.equal(gaps, 1);
  assert.deepEqual(feed.asked, [{}, {}]);
  assert.deepEqual({ failures, ends }, { failures: [], ends: [] });
});

test('what else a status says is left to the client, which tries again', async (t) => {
  const { feed, refusals, requests, subscribe, askedTimes } = await setUp(t);
  refusals.push('not JSON', 'null', '{"errors":"none"}');
  subscribe();
  await askedTimes(1);
  assert.deepEqual(feed.asked, [{}]);
  assert.equal(requests(), 4);
});

test('a subscription that was too slow goes on from the cursor of the error', async (t) => {
  const { feed, subscribe, askedTimes } = await setUp(t);
  const { events, failures, ends } = subscribe();
  await askedTimes(1);
  feed.publish();
  feed.publish();
  await eventsAre(events, [1, 2]);
  feed.fail('SLOW_CONSUMER', 'c1');
  await eventsAre(events, [1, 2, 2]);
  assert.deepEqual(feed.asked, [{}, { after: 'c1' }]);
  assert.deepEqual({ failures, ends }, { failures: [], ends: [] });
});

test('an iteration goes on as well', async (t) => {
  const { feed, cut, client, askedTimes } = await setUp(t);
  const iteration = client.iterate({ query: EVENTS });
  await askedTimes(1);
  feed.publish();
  const events: unknown[] = [];
  for await (const result of iteration) {
    events.push(result.data?.event);
    if (events.length === 2) break;
    cut();
    feed.publish();
  }
  assert.deepEqual(events, [1, 2]);
});
