import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { until } from '@tributary/service/testing';
import { productEvent, publish } from '../../testing/events.ts';
import { endOf, type TestOutlet, testLive, told } from '../../testing/live.ts';

const EVENTS = 'subscription { productEvents { version } }';
const versions = ({ results }: TestOutlet) => results.map(({ data }) => data.productEvents.version);
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const updated = (version: number) => productEvent('updated', version);

test('who is too slow is ended and misses nothing when it comes again; the others are served meanwhile', async (t) => {
  const { log, subscribe } = await testLive(t, { limits: { queueEvents: 5 } });
  const others = [subscribe(EVENTS), subscribe(EVENTS)];
  const slow = subscribe(EVENTS, { isBlocked: true });
  others.push(subscribe(EVENTS));
  for (const version of range(1, 10)) {
    await publish(log, updated(version));
    for (const outlet of others) await told(outlet, version);
  }
  const { code, cursor } = await endOf(slow);
  assert.equal(code, 'SLOW_CONSUMER');
  assert.deepEqual(versions(slow), [1]);
  assert.equal(cursor, slow.cursor());
  const again = subscribe(EVENTS, { after: cursor });
  await told(again, 9);
  assert.deepEqual(versions(again), range(2, 10));
  for (const outlet of others) assert.deepEqual(versions(outlet), range(1, 10));
});

test('who reads nothing while it catches up is ended too, from memory and from the log', async (t) => {
  for (const ringEvents of [1_000, 4]) {
    const { log, live, subscribe } = await testLive(t, { ringEvents, limits: { stallMs: 20 } });
    const after = live.cursor()!;
    await publish(log, ...range(1, 30).map(updated));
    const slow = subscribe(EVENTS, { after, isBlocked: true });
    const { code, cursor } = await endOf(slow);
    assert.equal(code, 'SLOW_CONSUMER');
    assert.deepEqual(versions(slow), [1]);
    const again = subscribe(EVENTS, { after: cursor });
    await told(again, 29);
    assert.deepEqual(versions(again), range(2, 30));
  }
});

test('little waits for who reads nothing while it catches up from memory', async (t) => {
  const { log, live, metric, subscribe } = await testLive(t, { limits: { queueEvents: 32 } });
  const after = live.cursor()!;
  await publish(log, ...range(1, 200).map(updated));
  const slow = subscribe(EVENTS, { after, isBlocked: true });
  const other = subscribe('subscription Other { productEvents { version } }', { after });
  await told(other, 200);
  const delivered = (await metric('subscription_events_delivered_total')) - 200;
  assert(delivered <= 6, `${delivered} wait`);
  slow.unblock();
  await told(slow, 200);
  assert.deepEqual(versions(slow), range(1, 200));
});

test('a client that reads slowly, and reads on, gets everything from the log, though little waits for it', async (t) => {
  const { log, live, metric, subscribe } = await testLive(t, { ringEvents: 8, limits: { queueEvents: 16 } });
  const after = live.cursor()!;
  await publish(log, ...range(1, 200).map(updated));
  const slow = subscribe(EVENTS, { after, isBlocked: true });
  await until('all has come', () => {
    slow.unblock();
    slow.block();
    return slow.results.length === 200;
  });
  assert.deepEqual(versions(slow), range(1, 200));
  assert.equal(slow.ended, null);
  assert((await metric('subscription_replayed_records_total')) <= 200, 'the log was read once');
});

test('a slow reader of a replay does not hold up the others in it', async (t) => {
  const { log, live, subscribe } = await testLive(t, { ringEvents: 8, limits: { queueEvents: 16 } });
  const after = live.cursor()!;
  await publish(log, ...range(1, 200).map(updated));
  const slow = subscribe(EVENTS, { after, isBlocked: true });
  const others = range(1, 5).map(() => subscribe(EVENTS, { after }));
  for (const outlet of others) await told(outlet, 200);
  assert.deepEqual(versions(slow), [1]);
  slow.unblock();
  await told(slow, 200);
  for (const outlet of [slow, ...others]) assert.deepEqual(versions(outlet), range(1, 200));
});

/** Counts what is written in one turn of the event loop, each of which takes as long as a socket takes for it. */
function countPerTurn(t: TestContext) {
  let turn = 0;
  let countedIn = 0;
  let written = 0;
  let most = 0;
  let isOver = false;
  (function count(): void {
    turn += 1;
    if (!isOver) setImmediate(count);
  })();
  t.after(() => {
    isOver = true;
  });
  return {
    onResult() {
      if (countedIn !== turn) written = 0;
      countedIn = turn;
      written += 1;
      most = Math.max(most, written);
      for (const endMs = performance.now() + 0.02; performance.now() < endMs; );
    },
    /** The most since it was last asked. */
    most() {
      const found = most;
      most = 0;
      return found;
    },
  };
}

test('a large fan-out, a storm of newcomers and a shared replay let the event loop turn', async (t) => {
  const { log, live, subscribe } = await testLive(t, { ringEvents: 8 });
  const { onResult, most } = countPerTurn(t);
  const after = live.cursor()!;
  const crowd = range(1, 3_000).map(() => subscribe(EVENTS, { onResult }));
  for (const version of range(1, 5)) {
    await publish(log, updated(version));
    for (const outlet of crowd) await told(outlet, version);
  }
  assert(most() < 1_000, 'a fan-out');
  for (const outlet of crowd) outlet.stop();

  const fromMemory = range(1, 600).map(() => subscribe(EVENTS, { after, onResult }));
  for (const outlet of fromMemory) await told(outlet, 5);
  assert(most() < 1_000, 'newcomers');
  for (const outlet of fromMemory) outlet.stop();

  await publish(log, ...range(6, 16).map(updated));
  const fromLog = range(1, 1_500).map(() => subscribe(EVENTS, { after, onResult }));
  for (const outlet of fromLog) await told(outlet, 16);
  assert(most() < 1_000, 'a replay');
});

test('many groups take turns', async (t) => {
  const { log, subscribe } = await testLive(t);
  const { onResult, most } = countPerTurn(t);
  const outlets = range(1, 400).map((group) =>
    subscribe(`subscription { e${group}: productEvents { version } }`, { onResult }),
  );
  await publish(log, updated(1));
  for (const outlet of outlets) await told(outlet, 1);
  assert(most() < 200);
});
