import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EventLog, LogRecord } from '@tributary/event-log';
import { until } from '@tributary/service/testing';
import { readSupergraph } from '../supergraph/load.ts';
import { productEvent, publish } from '../testing/events.ts';
import { supergraphWithInventory } from '../testing/inventory.ts';
import { endOf, type TestOutlet, testLive, testLog, told } from '../testing/live.ts';
import { OTHER_ID, PRODUCT_ID } from '../testing/products.ts';

const EVENTS = 'subscription { productEvents { version } }';
const WITH_STOCK = 'subscription { productEvents { version product { stock } } }';
const versions = ({ results }: TestOutlet) => results.map(({ data }) => data.productEvents.version);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const updated = (version: number, productId = PRODUCT_ID) => productEvent('updated', version, { productId });
let loads = 0;
const again = () => `${supergraphWithInventory()}\n# ${++loads}`;

test('a subgraph that does not answer holds up those who ask it, and nobody else', async (t) => {
  const answer = Promise.withResolvers<number>();
  const { log, asked, subscribe } = await testLive(t, { stock: () => answer.promise });
  const slow = subscribe(WITH_STOCK);
  const others = [subscribe(EVENTS), subscribe('subscription { productEvents { version product { name } } }')];
  for (const version of range(1, 30)) {
    await publish(log, updated(version));
    for (const outlet of others) await told(outlet, version);
  }
  assert.deepEqual(slow.results, []);
  await until('events are executed ahead', () => asked.length >= 16);
  await new Promise(setImmediate);
  assert.equal(asked.length, 16, 'but not all of them');
  answer.resolve(7);
  await told(slow, 30);
  assert.deepEqual(versions(slow), range(1, 30));
});

test('answers that come in another order do not change that of the events', async (t) => {
  const answers: (() => void)[] = [];
  const { log, subscribe } = await testLive(t, {
    stock: () => new Promise<number>((resolve) => answers.push(() => resolve(answers.length))),
  });
  const outlet = subscribe(WITH_STOCK);
  await publish(log, ...range(1, 12).map((version) => updated(version, version % 2 ? PRODUCT_ID : OTHER_ID)));
  await until('all are asked for', () => answers.length === 12);
  for (const resolve of answers.toReversed()) {
    resolve();
    await new Promise(setImmediate);
  }
  await told(outlet, 12);
  const odd = versions(outlet).filter((version) => version % 2 === 1);
  const even = versions(outlet).filter((version) => version % 2 === 0);
  assert.deepEqual([odd, even], [range(0, 5).map((n) => 2 * n + 1), range(1, 6).map((n) => 2 * n)]);
});

test('who waits for the graph until memory has gone on is ended with its cursor, and misses nothing', async (t) => {
  const answer = Promise.withResolvers<number>();
  let isSlow = false;
  const { log, subscribe } = await testLive(t, { ringEvents: 32, stock: () => (isSlow ? answer.promise : 7) });
  const [slow, other] = [subscribe(WITH_STOCK), subscribe(EVENTS)];
  await publish(log, updated(1));
  await told(slow, 1);
  isSlow = true;
  for (const version of range(2, 60)) {
    await publish(log, updated(version));
    await told(other, version);
  }
  answer.resolve(8);
  const { code, cursor } = await endOf(slow);
  assert.equal(code, 'UNAVAILABLE');
  const resumed = subscribe(WITH_STOCK, { after: cursor });
  const missing = 60 - slow.results.length;
  await told(resumed, missing);
  assert.deepEqual([...versions(slow), ...versions(resumed)], range(1, 60));
});

test('a flood waits in the log, and all of it comes', async (t) => {
  const { log, subscribe } = await testLive(t, { ringEvents: 5_000 });
  const outlets = range(1, 5).map(() => subscribe(EVENTS));
  const total = 10_000;
  for (let version = 1; version <= total; version += 500)
    void publish(log, ...range(version, version + 499).map((one) => updated(one)));
  for (const outlet of outlets) {
    await told(outlet, total);
    assert.deepEqual(versions(outlet), range(1, total));
  }
});

test('a flood does not keep the gateway from stopping', async (t) => {
  const { log, stop, subscribe } = await testLive(t);
  const outlets = range(1, 500).map(() => subscribe(EVENTS));
  for (let version = 1; version <= 9_000; version += 500)
    await publish(log, ...range(version, version + 499).map((one) => updated(one)));
  await stop();
  for (const outlet of outlets) {
    assert.equal((await endOf(outlet)).code, 'UNAVAILABLE');
    assert(outlet.results.length < 9_000);
  }
});

test('subscriptions go on by a new supergraph, without loss or repeat, wherever they are', async (t) => {
  const { log, live, graph, subscribe } = await testLive(t, { ringEvents: 16 });
  const after = live.cursor()!;
  await publish(log, ...range(1, 40).map((version) => updated(version)));
  const outlets = [
    subscribe(WITH_STOCK, { after }),
    subscribe(WITH_STOCK),
    subscribe(EVENTS, { after }),
    subscribe(WITH_STOCK, { after, isBlocked: true }),
  ];
  for (const version of range(41, 80)) {
    if (version % 3 === 0) graph.load(again());
    const publishing = publish(log, updated(version));
    if (version % 5 === 0) graph.load(again());
    await publishing;
    if (version % 7 === 0) await told(outlets[1]!, version - 40);
  }
  outlets[3]!.unblock();
  for (const outlet of outlets) {
    const from = outlet === outlets[1] ? 41 : 1;
    await told(outlet, 81 - from);
    assert.deepEqual(versions(outlet), range(from, 80));
  }
});

test('a new supergraph does not wait for a subgraph, nor does it lose or repeat what was asked of it', async (t) => {
  const answers = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  const { log, asked, graph, subscribe } = await testLive(t, { stock: () => answers[asked.length - 1]?.promise ?? 9 });
  const outlet = subscribe(WITH_STOCK);
  await publish(log, updated(1));
  await until('it is asked', () => asked.length === 1);
  graph.load(again());
  await until('it is asked anew', () => asked.length === 2);
  answers[0]!.resolve(7);
  await new Promise(setImmediate);
  answers[1]!.resolve(8);
  await publish(log, updated(2));
  await told(outlet, 2);
  assert.deepEqual(versions(outlet), [1, 2]);
  assert.deepEqual(
    outlet.results.map(({ data }) => data.productEvents.product.stock),
    [8, 9],
  );
});

test('a new supergraph in the middle of a large fan-out repeats nothing', async (t) => {
  const { log, graph, subscribe } = await testLive(t);
  let written = 0;
  const onResult = () => {
    written += 1;
    if (written === 400) graph.load(again());
    // So that the fan-out takes more than one turn.
    for (const endMs = performance.now() + 0.1; performance.now() < endMs; );
  };
  const outlets = range(1, 300).map(() => subscribe(EVENTS, { onResult }));
  for (const version of range(1, 3)) {
    await publish(log, updated(version));
    await until('all have been told', () => written >= version * 300);
  }
  for (const outlet of outlets) {
    await told(outlet, 3);
    assert.deepEqual(versions(outlet), [1, 2, 3]);
  }
});

test('a subscription that a new supergraph has no place for ends, with its cursor', async (t) => {
  const { log, graph, subscribe } = await testLive(t);
  const [withStock, without] = [subscribe(WITH_STOCK), subscribe(EVENTS)];
  await publish(log, updated(1));
  await told(withStock, 1);
  graph.load(readSupergraph());
  const { code, cursor } = await endOf(withStock);
  assert.equal(code, 'GRAPHQL_VALIDATION_FAILED');
  await publish(log, updated(2));
  await told(without, 2);
  assert.deepEqual(versions(without), [1, 2]);

  graph.load(again());
  const resumed = subscribe(WITH_STOCK, { after: cursor });
  await told(resumed, 1);
  assert.deepEqual(versions(resumed), [2]);
});

test('a document of several operations goes on, as do fragments, variables and arguments', async (t) => {
  const { log, live, graph, subscribe } = await testLive(t);
  const query = `
    subscription One($ids: [ID!], $from: String) { ...Wanted }
    query Two { product(id: "x") { ...Other } }
    fragment Wanted on Subscription { productEvents(productIds: $ids, types: [UPDATED], after: $from) { version } }
    fragment Other on Product { name }`;
  const outlet = subscribe(query, {
    operationName: 'One',
    variables: { ids: [OTHER_ID], from: live.cursor() },
  });
  await publish(log, updated(1, OTHER_ID));
  await told(outlet, 1);
  graph.load(again());
  await publish(log, updated(1), updated(2, OTHER_ID));
  await told(outlet, 2);
  assert.deepEqual(versions(outlet), [1, 2]);
});

/** A log that loses, for tails, records before they are read. */
function forgetful(log: EventLog) {
  let lose: ((records: readonly LogRecord[]) => void) | undefined;
  const tail: EventLog['tail'] = (options) =>
    log.tail({ ...options, onRecords: (records) => (lose ? lose(records) : options.onRecords(records)) });
  return {
    log: { ...log, tail },
    /** Loses the next records that come; resolves when they have. */
    loseNext: () =>
      new Promise<void>((resolve) => {
        lose = () => {
          lose = undefined;
          resolve();
        };
      }),
  };
}

test('records that are deleted before they could be read end subscriptions, and their cursors have expired', async (t) => {
  const { log, loseNext } = forgetful(await testLog(t));
  const { subscribe, live } = await testLive(t, { log });
  const begin = live.cursor()!;
  const outlet = subscribe(EVENTS);
  await publish(log, updated(1));
  await told(outlet, 1);
  const lost = loseNext();
  await publish(log, updated(2));
  await lost;
  await publish(log, updated(3));
  const { code, cursor } = await endOf(outlet);
  assert.equal(code, 'CURSOR_EXPIRED');
  assert.deepEqual(versions(outlet), [1]);

  // What memory lacks is not passed over in silence: the log has it here, as it would not have it if it were deleted.
  for (const after of [begin, cursor!]) {
    const resumed = subscribe(EVENTS, { after });
    await until('the lost event is told', () => versions(resumed).includes(2));
  }
  const now = subscribe(EVENTS);
  await publish(log, updated(4));
  await told(now, 1);
  assert.deepEqual(versions(now), [4]);
});
