import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { HttpLink } from '@apollo/client/link/http';
import { until } from '@tributary/service/testing';
import { concat, NEVER, of, throwError } from 'rxjs';
import { createResumeLink } from './apollo.ts';
import type { ResumeOptions } from './index.ts';
import { createFeed, createRecord, EVENTS, eventsAre, type Feed, withErrorsAsResults } from './testing/feed.ts';

interface Body {
  query: string;
  variables: Record<string, unknown>;
}

/** Answers as `subscriptionSpec=1.0` says. */
async function answer(response: ServerResponse, cursor: string, parts: AsyncIterable<unknown>): Promise<void> {
  response.writeHead(200, {
    'content-type': 'multipart/mixed;boundary="graphql";subscriptionSpec=1.0',
    'x-cursor': cursor,
  });
  const write = (part: unknown) =>
    response.write(`\r\ncontent-type: application/json\r\n\r\n${JSON.stringify(part)}\r\n--graphql`);
  response.write('\r\n--graphql');
  write({});
  for await (const part of parts) {
    write(part);
    if (response.destroyed) return;
  }
  response.end('--\r\n');
}

async function* payloads(feed: Feed, { variables }: Body) {
  for await (const payload of withErrorsAsResults(feed.follow(variables))) yield { payload };
}

interface Refusal {
  /** Null: the body is the only part of an answer of several parts. */
  readonly status: number | null;
  readonly body: unknown;
}

async function setUp(t: TestContext, options: ResumeOptions = {}) {
  const feed = createFeed();
  const refusals: Refusal[] = [];
  let requests = 0;
  const server = createServer(async (request, response) => {
    const body = (await json(request)) as Body;
    requests += 1;
    const refusal = refusals.shift();
    const give = (status: number, value: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    if (refusal?.status === null) await answer(response, feed.cursor(), Readable.from([refusal.body]));
    else if (refusal) give(refusal.status, refusal.body);
    else if (!body.query.startsWith('subscription')) give(200, { data: { now: 7 } });
    else await answer(response, feed.cursor(), payloads(feed, body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const uri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  let answered = 0;
  const counted: typeof fetch = async (...request) => {
    const response = await fetch(...request);
    answered += 1;
    return response;
  };
  const client = new ApolloClient({
    link: ApolloLink.from([createResumeLink({ delayMs: () => 1, ...options }), new HttpLink({ uri, fetch: counted })]),
    cache: new InMemoryCache(),
  });
  t.after(() => client.stop());

  function subscribe(variables: Record<string, unknown> = {}, query = EVENTS) {
    const record = createRecord();
    const failures: unknown[] = [];
    const subscription = client.subscribe({ query: gql(query), variables, errorPolicy: 'all' }).subscribe({
      next({ data, error }) {
        if (error) failures.push(error);
        else record.events.push((data as { event: number }).event);
      },
      error(error) {
        failures.push(error);
        record.ends.push('error');
      },
      complete: record.complete,
    });
    return { ...record, failures, stop: () => subscription.unsubscribe() };
  }
  const askedTimes = (times: number) => until(`${times} requests`, () => feed.asked.length === times);
  const answeredTimes = (times: number) => until(`${times} answers`, () => answered === times);
  return {
    feed,
    client,
    refusals,
    subscribe,
    askedTimes,
    answeredTimes,
    requests: () => requests,
    cut: () => server.closeAllConnections(),
  };
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

test('before its first event a subscription goes on from where its first answer began', async (t) => {
  const { feed, cut, subscribe, askedTimes, answeredTimes } = await setUp(t);
  feed.publish();
  const { events } = subscribe();
  const given = subscribe({ after: 'c9' });
  await answeredTimes(2);
  cut();
  feed.publish();
  await eventsAre(events, [2]);
  await askedTimes(4);
  const cursors = feed.asked.map(({ after }) => after);
  assert.deepEqual(cursors.slice(0, 2).sort(), ['c9', undefined]);
  assert.deepEqual(cursors.slice(2).sort(), ['c1', 'c9']);
  assert.deepEqual(given.events, []);
});

test('a subscription that takes no cursor is asked for again as it was', async (t) => {
  const { feed, cut, subscribe, askedTimes } = await setUp(t);
  const { events } = subscribe({}, 'subscription { event }');
  await askedTimes(1);
  feed.publish();
  await eventsAre(events, [1]);
  cut();
  await askedTimes(2);
  assert.deepEqual(feed.asked, [{}, {}]);
});

test('a query is only forwarded', async (t) => {
  const { client, refusals, requests } = await setUp(t);
  refusals.push({ status: 503, body: {} });
  await assert.rejects(client.query({ query: gql('query { now }') }));
  assert.equal(requests(), 1);
  assert.deepEqual((await client.query({ query: gql('query { now }') })).data, { now: 7 });
});

test('an outage is borne, up to the number of attempts; each result gives them back', async (t) => {
  const { feed, cut, subscribe, refusals, requests } = await setUp(t, { attempts: 2 });
  const outage = { status: 503, body: {} };
  refusals.push(outage, outage);
  const { events, ends, failures } = subscribe();
  await until('the third request', () => feed.asked.length === 1);
  feed.publish();
  await eventsAre(events, [1]);
  refusals.push(outage);
  cut();
  feed.publish();
  await eventsAre(events, [1, 2]);
  assert.deepEqual({ ends, failures }, { ends: [], failures: [] });
  refusals.push(outage, outage, outage);
  cut();
  await until('the end', () => ends.length > 0);
  assert.equal((failures as { statusCode: number }[])[0]?.statusCode, 503);
  assert.equal(requests(), 7);
});

test('a refusal is not repeated', async (t) => {
  const { subscribe, refusals, requests } = await setUp(t);
  refusals.push({ status: 401, body: { errors: [{ message: 'no', extensions: { code: 'UNAUTHENTICATED' } }] } });
  const { failures } = subscribe();
  await until('the error', () => failures.length > 0);
  assert.equal(requests(), 1);
});

test('what is complete is not asked for again', async (t) => {
  const { feed, subscribe, askedTimes } = await setUp(t);
  const { ends, failures } = subscribe();
  await askedTimes(1);
  feed.fail('CURSOR_INVALID');
  await until('the end', () => ends.length > 0);
  assert.deepEqual(ends, ['complete']);
  assert.equal(failures.length, 1);
  assert.equal(feed.asked.length, 1);
});

test('an expired cursor is an error, unless the app wants to go on from now', async (t) => {
  const { feed, subscribe } = await setUp(t);
  feed.refuseNext('CURSOR_EXPIRED');
  const { failures, ends } = subscribe({ after: 'c0' });
  await until('the end', () => ends.length > 0);
  assert.equal(failures.length, 1);
  assert.equal(feed.asked.length, 1);
});

const expired = { errors: [{ message: 'too old', extensions: { code: 'CURSOR_EXPIRED' } }] };
const refusedBy: [string, (to: { feed: Feed; refusals: Refusal[] }) => unknown][] = [
  ['a result', ({ feed }) => feed.refuseNext('CURSOR_EXPIRED')],
  ['a status', ({ refusals }) => refusals.push({ status: 400, body: expired })],
  ['an error of the transport', ({ refusals }) => refusals.push({ status: null, body: { payload: null, ...expired } })],
];
for (const [what, refuse] of refusedBy)
  test(`a subscription that is to restart goes on from now and tells of the gap, after ${what}`, async (t) => {
    let gaps = 0;
    const onGap = () => {
      gaps += 1;
    };
    const { feed, refusals, subscribe } = await setUp(t, { onExpired: 'restart', onGap });
    feed.publish();
    refuse({ feed, refusals });
    const { events, failures, ends } = subscribe({ after: 'c0' });
    await until('the gap', () => gaps === 1);
    await until('the request', () => feed.asked.at(-1)?.after === undefined && feed.asked.length > 0);
    feed.publish();
    await eventsAre(events, [2]);
    assert.deepEqual(feed.asked.at(-1), {});
    assert.deepEqual({ failures, ends }, { failures: [], ends: [] });
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

test('what is stopped while it waits asks for nothing more', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let forwarded = 0;
  const broken = new ApolloLink(() => {
    forwarded += 1;
    return throwError(() => new Error('cut'));
  });
  const link = ApolloLink.from([createResumeLink({ delayMs: () => 1_000 }), broken]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const subscription = ApolloLink.execute(link, { query: gql(EVENTS) }, { client }).subscribe({});
  assert.equal(forwarded, 1);
  t.mock.timers.tick(1_000);
  assert.equal(forwarded, 2);
  subscription.unsubscribe();
  t.mock.timers.tick(10_000);
  assert.equal(forwarded, 2);
});

test('a subscription that is begun anew knows nothing of the earlier one', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asked: unknown[] = [];
  const ending = new ApolloLink((operation) => {
    asked.push(operation.variables);
    if (asked.length > 1) return throwError(() => new Error('cut'));
    operation.setContext({ response: { headers: new Headers({ 'x-cursor': 'c1' }) } as Response });
    return concat(of({ data: { event: 2 }, extensions: { cursor: 'c2' } }), NEVER);
  });
  const link = ApolloLink.from([createResumeLink({ delayMs: () => 1_000 }), ending]);
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const events = ApolloLink.execute(link, { query: gql(EVENTS) }, { client });
  events.subscribe({}).unsubscribe();
  const again = events.subscribe({});
  t.mock.timers.tick(1_000);
  again.unsubscribe();
  assert.deepEqual(asked, [{}, {}, {}]);
});

test('a request that the app aborts is not repeated', async (t) => {
  const { client, askedTimes, requests } = await setUp(t);
  const abort = new AbortController();
  const failures: unknown[] = [];
  const context = { fetchOptions: { signal: abort.signal } };
  client.subscribe({ query: gql(EVENTS), context }).subscribe(({ error }) => failures.push(error?.name));
  await askedTimes(1);
  abort.abort();
  await until('the error', () => failures.length > 0);
  assert.deepEqual(failures, ['AbortError']);
  assert.equal(requests(), 1);
});

test('a variable is given by its name', () => {
  assert.throws(() => createResumeLink({ variable: '$after' }), /without "\$"/);
});
