import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionOf } from '@tributary/event-log/partitioner';
import { productEvents } from '@tributary/proto/topics.ts';
import { until } from '@tributary/service/testing';
import { v7 } from 'uuid';
import { productEvent, publish } from '../testing/events.ts';
import { endOf, type TestOutlet, testLive, testLog, told } from '../testing/live.ts';
import { createCursors, randomCursorKey } from './cursor.ts';

const EVENTS = `subscription ($ids: [ID!]) { productEvents(productIds: $ids) { productId version cursor } }`;

/** The id of a product whose events are in a partition. */
function idIn(partition: number): string {
  for (;;) {
    const id = v7();
    if (partitionOf(id, productEvents.partitions) === partition) return id;
  }
}

const [desk, lamp] = [idIn(0), idIn(1)];
const updated = (productId: string, version: number) => productEvent('updated', version, { productId });
/** Records that tell of no change. */
const outcomes = (productId: string, count: number) =>
  Array.from({ length: count }, () =>
    productEvent('rejected', 1, { productId, value: { rejection: { code: 1, message: 'no' } } }),
  );
const seen = ({ results }: TestOutlet) =>
  results.map(({ data }) => `${data.productEvents.productId === desk ? 'desk' : 'lamp'} ${data.productEvents.version}`);
const versions = ({ results }: TestOutlet) => results.map(({ data }) => data.productEvents.version);
const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('what came after the cursor is delivered from memory, then what comes', async (t) => {
  const { log, subscribe } = await testLive(t);
  const first = subscribe(EVENTS);
  await publish(log, updated(desk, 1), updated(desk, 2));
  await told(first, 2);
  first.stop();
  await publish(log, updated(desk, 3));
  const second = subscribe(EVENTS, { after: first.results[0]!.extensions.cursor });
  await publish(log, updated(desk, 4));
  await told(second, 3);
  assert.deepEqual(versions(second), [2, 3, 4]);
});

test('the cursor in an event is the one beside it, wherever the event comes from', async (t) => {
  const { log, live, subscribe } = await testLive(t, { ringEvents: 4 });
  const begin = live.cursor()!;
  const first = subscribe(EVENTS);
  for (const version of upTo(8)) {
    await publish(log, updated(desk, version));
    await told(first, version);
  }
  const fromLog = subscribe(EVENTS, { after: begin });
  const fromMemory = subscribe(EVENTS, { after: await cursorAfter(first, 6) });
  await told(fromLog, 8);
  await told(fromMemory, 2);
  for (const { results } of [first, fromLog, fromMemory])
    for (const { data, extensions } of results) assert.equal(data.productEvents.cursor, extensions.cursor);
});

async function cursorAfter(outlet: TestOutlet, count: number): Promise<string> {
  return (await told(outlet, count))[count - 1]!.extensions.cursor;
}

test('what is in memory no longer is read from the log, up to where memory begins, and nothing is lost on the way', async (t) => {
  const { log, live, subscribe } = await testLive(t, { ringEvents: 8 });
  const after = live.cursor()!;
  await publish(log, ...upTo(40).map((version) => updated(desk, version)));
  const outlet = subscribe(EVENTS, { after });
  await told(outlet, 40);
  await publish(log, updated(desk, 41));
  await told(outlet, 41);
  assert.deepEqual(versions(outlet), upTo(41));
});

test('a cursor from the middle of a replay over many partitions is as good as any', async (t) => {
  const { log, live, subscribe } = await testLive(t, { ringEvents: 4 });
  let after = live.cursor()!;
  const expected: string[] = [];
  for (const version of upTo(30)) {
    await publish(log, updated(desk, version), updated(lamp, version));
    expected.push(`desk ${version}`, `lamp ${version}`);
  }
  const told: string[] = [];
  while (told.length < expected.length) {
    let taken = 0;
    const outlet = subscribe(EVENTS, { after, onResult: () => ++taken === 7 && outlet.stop() });
    await until('some have come', () => taken >= Math.min(7, expected.length - told.length));
    outlet.stop();
    told.push(...seen(outlet));
    after = outlet.cursor()!;
  }
  for (const name of ['desk', 'lamp'])
    assert.deepEqual(
      told.filter((one) => one.startsWith(name)),
      expected.filter((one) => one.startsWith(name)),
    );
});

test('a cursor of one subscription goes on in another one, with another filter', async (t) => {
  const { log, subscribe } = await testLive(t, { ringEvents: 4 });
  const first = subscribe(EVENTS, { variables: { ids: [desk] } });
  await publish(log, updated(lamp, 1), updated(desk, 1), updated(lamp, 2));
  await told(first, 1);
  await publish(log, ...upTo(10).map((version) => updated(desk, version + 1)), updated(lamp, 3));
  const second = subscribe(EVENTS, { variables: { ids: [lamp] }, after: first.results[0]!.extensions.cursor });
  await until('the last one has come', () => seen(second).at(-1) === 'lamp 3');
  assert.deepEqual(seen(second).slice(-2), ['lamp 2', 'lamp 3']);
  const updates = subscribe('subscription { productUpdated { productId version } }', { after: second.cursor() });
  await publish(log, updated(lamp, 4));
  await told(updates, 1);
  assert.equal(updates.results[0]!.data.productUpdated.version, 4);
});

test('another replica, and one that starts later, go on from the cursor', async (t) => {
  const keys = [randomCursorKey()];
  const log = await testLog(t);
  const first = await testLive(t, { log, keys });
  const second = await testLive(t, { log, keys, ringEvents: 4 });
  const outlet = first.subscribe(EVENTS);
  await publish(log, ...upTo(20).map((version) => updated(desk, version)));
  const after = await cursorAfter(outlet, 5);
  await told(outlet, 20);
  await first.stop();
  const third = await testLive(t, { log, keys });
  for (const { subscribe } of [second, third]) {
    const resumed = subscribe(EVENTS, { after });
    await told(resumed, 15);
    assert.deepEqual(versions(resumed), upTo(20).slice(5));
  }
});

test('a replica that is behind the cursor does not tell again what was before it', async (t) => {
  const keys = [randomCursorKey()];
  const log = await testLog(t);
  const ahead = await testLive(t, { log, keys });
  const line = Promise.withResolvers<void>();
  let isCut = false;
  const behind = await testLive(t, {
    keys,
    log: {
      ...log,
      tail: (options) =>
        log.tail({
          ...options,
          async onRecords(records) {
            if (isCut) await line.promise;
            await options.onRecords(records);
          },
        }),
    },
  });
  isCut = true;
  const outlet = ahead.subscribe(EVENTS);
  await publish(log, updated(desk, 1), updated(desk, 2), updated(lamp, 1));
  await told(outlet, 3);
  const resumed = behind.subscribe(EVENTS, { after: await cursorAfter(outlet, 3) });
  await publish(log, updated(lamp, 2), updated(desk, 3));
  line.resolve();
  await told(resumed, 2);
  assert.deepEqual(seen(resumed).sort(), ['desk 3', 'lamp 2']);
  // The cursors do not go back either.
  const again = ahead.subscribe(EVENTS, { after: resumed.cursor() });
  await publish(log, updated(desk, 4));
  await told(again, 1);
  assert.deepEqual(seen(again), ['desk 4']);
});

/** A topic that repeats an event, so many records behind it; and a cursor from between the two. */
async function givenRepeat(t: Parameters<typeof testLog>[0], distance: number, behind: number) {
  const keys = [randomCursorKey()];
  const log = await testLog(t);
  const before = await testLive(t, { log, keys });
  const outlet = before.subscribe(EVENTS);
  const original = updated(desk, 3);
  await publish(log, updated(desk, 2), original, updated(lamp, 1));
  const after = await cursorAfter(outlet, 3);
  await before.stop();
  const inBatches = async (count: number) => {
    for (let left = count; left > 0; left -= 500) await publish(log, ...outcomes(desk, Math.min(500, left)));
  };
  await inBatches(distance - 1);
  await publish(log, original);
  await inBatches(behind);
  await publish(log, updated(desk, 4));
  return { log, keys, after };
}

for (const [where, distance, behind, options] of [
  ['in memory', 10, 10, {}],
  ['as far behind as a relay can put it', 1_990, 1_000, {}],
  ['where the start begins to read', 1_990, 4_000 - 1_990 + 1_000, {}],
  ['before what the start reads', 1_000, 5_000, {}],
  ['in the log', 10, 10, { ringEvents: 1 }],
] as const)
  test(`an event that is repeated behind the cursor is not told again by a replica that starts anew: ${where}`, async (t) => {
    const { log, keys, after } = await givenRepeat(t, distance, behind);
    const fresh = await testLive(t, { log, keys, ...options });
    const resumed = fresh.subscribe(EVENTS, { after });
    await publish(log, updated(desk, 5), updated(desk, 6));
    await told(resumed, 3);
    assert.deepEqual(seen(resumed), ['desk 4', 'desk 5', 'desk 6']);
  });

test('nothing is lost or told twice while events keep coming', async (t) => {
  const { log, live, subscribe } = await testLive(t, { ringEvents: 16 });
  const begin = live.cursor()!;
  const total = 400;
  const publishing = (async () => {
    for (let version = 1; version <= total; version += 4)
      await publish(log, ...[0, 1, 2, 3].map((step) => updated(desk, version + step)));
  })();
  const told: number[] = [];
  let after = begin;
  while (told.length < total) {
    const upTo = Math.min(total, told.length + 1 + (told.length % 60));
    const outlet = subscribe(EVENTS, {
      after,
      onResult({ data }) {
        told.push(data.productEvents.version);
        if (told.length === upTo) outlet.stop();
      },
    });
    await until('enough has come', () => told.length >= upTo);
    after = outlet.cursor()!;
  }
  await publishing;
  assert.deepEqual(told, upTo(total));
});

test('a cursor that this service did not give is refused, and from now on is possible still', async (t) => {
  const { log, live, subscribe } = await testLive(t);
  const forged = createCursors({
    keys: [randomCursorKey()],
    log: await log.identity(),
    topic: productEvents.name,
    partitions: productEvents.partitions,
  });
  for (const after of ['', 'x', forged.write([0, 0, 0, 0, 0, 0]), `${live.cursor()}A`])
    assert.equal((await endOf(subscribe(EVENTS, { after }))).code, 'CURSOR_INVALID', after);
  const outlet = subscribe(EVENTS);
  await publish(log, updated(desk, 1));
  await told(outlet, 1);
  assert.deepEqual(seen(outlet), ['desk 1']);
});

test('a cursor of another log is none', async (t) => {
  const keys = [randomCursorKey()];
  const [first, second] = [await testLive(t, { keys }), await testLive(t, { keys })];
  const { code } = await endOf(second.subscribe(EVENTS, { after: first.live.cursor()! }));
  assert.equal(code, 'CURSOR_INVALID');
});

test('a cursor whose events are kept no longer has expired, one from the oldest event that is kept has not', async (t) => {
  let nowMs = Date.now();
  const log = await testLog(t, { nowMs: () => nowMs, retentionCheckMs: 5 });
  const { live, subscribe } = await testLive(t, { log });
  const before = live.cursor()!;
  const outlet = subscribe(EVENTS);
  await publish(log, updated(desk, 1), updated(desk, 2));
  const oldest = await cursorAfter(outlet, 2);
  nowMs += productEvents.retentionMs + 1;
  await publish(log, updated(desk, 3));
  await until('the records have gone', async () => (await log.offsets(productEvents.name)).get(0)?.start === 2n);
  const fresh = await testLive(t, { log, keys: [randomCursorKey()] });
  assert.equal(fresh.live.cursor() === null, false);

  const kept = subscribe(EVENTS, { after: oldest });
  await told(kept, 1);
  assert.deepEqual(seen(kept), ['desk 3']);
  // This process has them in memory still.
  const lucky = subscribe(EVENTS, { after: before });
  await told(lucky, 3);
  assert.deepEqual(seen(lucky), ['desk 1', 'desk 2', 'desk 3']);
});

test('a cursor that has expired is told so, and from now on is possible still', async (t) => {
  let nowMs = Date.now();
  const keys = [randomCursorKey()];
  const log = await testLog(t, { nowMs: () => nowMs, retentionCheckMs: 5 });
  const first = await testLive(t, { log, keys });
  const after = first.live.cursor()!;
  await publish(log, updated(desk, 1), updated(desk, 2));
  nowMs += productEvents.retentionMs + 1;
  await until('the records have gone', async () => (await log.offsets(productEvents.name)).get(0)?.start === 2n);
  const second = await testLive(t, { log, keys });
  const { code, cursor } = await endOf(second.subscribe(EVENTS, { after }));
  assert.equal(code, 'CURSOR_EXPIRED');
  assert.equal(cursor, after);
  const outlet = second.subscribe(EVENTS);
  await publish(log, updated(desk, 3));
  await told(outlet, 1);
  assert.deepEqual(seen(outlet), ['desk 3']);
});

test('a cursor from beyond the end of the log has expired', async (t) => {
  const keys = [randomCursorKey()];
  const { log, subscribe } = await testLive(t, { keys });
  const identity = { log: await log.identity(), topic: productEvents.name, partitions: productEvents.partitions };
  const after = createCursors({ keys, ...identity }).write([9, 0, 0, 0, 0, 0]);
  assert.equal((await endOf(subscribe(EVENTS, { after }))).code, 'CURSOR_EXPIRED');
});
