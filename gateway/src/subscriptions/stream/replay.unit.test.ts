import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { EventLog } from '@tributary/event-log';
import { partitionOf } from '@tributary/event-log/partitioner';
import { productEvents } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { v7 } from 'uuid';
import { productEvent, publish } from '../../testing/events.ts';
import { testLog } from '../../testing/live.ts';
import { PRODUCT_ID } from '../../testing/products.ts';
import type { Positions } from '../cursor.ts';
import { productTopic } from '../product/topic.ts';
import { createReplays, type Replays } from './replay.ts';
import type { ReplayEnd } from './replay-session.ts';
import { createTurns } from './turns.ts';

const PARTITION = partitionOf(PRODUCT_ID, productEvents.partitions);
const start: Positions = new Array(productEvents.partitions).fill(0);

async function given(
  t: TestContext,
  { count, log: other, ...options }: { count: number; log?: EventLog; sliceMs?: number; sharedRecords?: number },
) {
  const log = other ?? (await testLog(t));
  const events = Array.from({ length: count }, (_, index) => productEvent('updated', index + 1));
  for (let first = 0; first < count; first += 500) await publish(log, ...events.slice(first, first + 500));
  let records = 0;
  let tails = 0;
  const replays = createReplays({
    log: {
      ...log,
      async tail(options) {
        tails += 1;
        const tail = await log.tail(options);
        return {
          ...tail,
          async stop() {
            await tail.stop();
            tails -= 1;
          },
        };
      },
    },
    topic: productTopic,
    turns: createTurns(4),
    onRead: (count) => {
      records += count;
    },
    logger: silentLogger(),
    ...options,
  });
  t.after(() => replays.stop());
  return { log, replays, records: () => records, tails: () => tails };
}

interface Options {
  from?: number;
  /** Where memory begins. */
  until?: number;
  isBlocked?: boolean;
  onTake?(version: number): void | Promise<void>;
}

/** A reader that comes again as often as it is paused. */
function reader(replays: Replays, options: Options) {
  let positions = start.with(PARTITION, options.from ?? 0);
  let isBlocked = options.isBlocked ?? false;
  let room = Promise.withResolvers<void>();
  let isGone = false;
  const seen: number[] = [];
  const ends: ReplayEnd[] = [];
  async function read(): Promise<void> {
    const end = await replays.read({
      positions: () => positions,
      async take({ event, partition, offset }) {
        if (isBlocked) return false;
        await options.onTake?.(event.version);
        if (partition === PARTITION) seen.push(event.version);
        positions = positions.with(partition, offset + 1);
        return true;
      },
      room: () => (isBlocked ? room.promise : Promise.resolve()),
      pass(partition, position) {
        positions = positions.with(partition, position);
      },
      isDone: () => isGone || positions[PARTITION]! >= (options.until ?? Number.POSITIVE_INFINITY),
    });
    ends.push(end);
    if (end !== 'paused') return;
    if (isBlocked) await room.promise;
    await read();
  }
  const over = read();
  return {
    ...{ over, seen, ends },
    position: () => positions[PARTITION],
    unblock() {
      isBlocked = false;
      room.resolve();
      room = Promise.withResolvers();
    },
    leave() {
      isGone = true;
      room.resolve();
    },
  };
}

const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('each reader is read what it lacks, up to where memory begins, in one reading for all', async (t) => {
  const { replays, records } = await given(t, { count: 300 });
  const readers = [reader(replays, { until: 300 }), reader(replays, { from: 100, until: 200 })];
  await Promise.all(readers.map(({ over }) => over));
  assert.deepEqual(readers[0]!.seen, range(1, 300));
  assert.deepEqual(readers[1]!.seen, range(101, 200));
  assert.equal(readers[1]!.position(), 200, 'what is in memory is neither told nor passed over');
  assert.equal(records(), 300);
});

test('who is near does not wait for who comes from afar', async (t) => {
  const { replays } = await given(t, { count: 100, sharedRecords: 50 });
  const held = Promise.withResolvers<void>();
  const far = reader(replays, { until: 100, onTake: () => held.promise });
  const near = reader(replays, { from: 98, until: 100 });
  await near.over;
  assert.deepEqual(near.seen, [99, 100]);
  assert.deepEqual(far.seen, []);
  held.resolve();
  await far.over;
  assert.deepEqual(far.seen, range(1, 100));
});

test('readers without room do not keep others from a session', async (t) => {
  const { replays, tails } = await given(t, { count: 50, sliceMs: 60_000 });
  const slow: ReturnType<typeof reader>[] = [];
  for (const sessions of [1, 2]) {
    slow.push(reader(replays, { until: 50, isBlocked: true }));
    await until('it has a session of its own', () => tails() === sessions);
  }
  const quick = reader(replays, { until: 50 });
  await until('the quick one has been served', () => quick.seen.length === 50);
  for (const { seen } of slow) assert.deepEqual(seen, []);
  for (const { unblock } of slow) unblock();
  for (const { over } of slow) await over;
  for (const { seen } of [...slow, quick]) assert.deepEqual(seen, range(1, 50));
});

test('a session that is given up while events of several partitions are told holds nothing', async (t) => {
  const { replays, log } = await given(t, { count: 50, sliceMs: 60_000, sharedRecords: 1 });
  const others = Array.from({ length: 40 }, () => productEvent('created', 1, { productId: v7() }));
  await publish(log, ...others);
  const slow = [0, 10, 20, 30, 40].map((from) => reader(replays, { from, until: 50, isBlocked: true }));
  const quick = reader(replays, { from: 48, until: 50 });
  await until('the quick one has been served', () => quick.ends.includes('done'));
  for (const { unblock } of slow) unblock();
  for (const { over } of slow) await over;
});

test('whoever waits for a session gets one, however long those go on that are there', async (t) => {
  const { replays, tails } = await given(t, { count: 1_000, sliceMs: 20 });
  const busy: ReturnType<typeof reader>[] = [];
  let isQuickDone = false;
  for (const sessions of [1, 2]) {
    const onTake = () => (isQuickDone ? undefined : new Promise<void>((resolve) => setTimeout(resolve, 1)));
    busy.push(reader(replays, { until: 1_000, onTake }));
    await until('it has a session of its own', () => tails() === sessions);
  }
  const quick = reader(replays, { from: 990, until: 1_000 });
  await quick.over;
  isQuickDone = true;
  assert.deepEqual(quick.seen, range(991, 1_000));
  assert(busy[0]!.ends.includes('paused'));
  for (const { over } of busy) await over;
  for (const { seen } of busy) assert.deepEqual(seen, range(1, 1_000));
});

test('nothing is left of a session whose readers have gone, nor of readers that wait', async (t) => {
  const { replays, tails } = await given(t, { count: 50 });
  const first = reader(replays, { isBlocked: true });
  await until('it reads', () => tails() === 1);
  first.leave();
  await first.over;
  await until('the log has been let go of', () => tails() === 0);

  const second = reader(replays, { isBlocked: true });
  await until('it reads', () => tails() === 1);
  const third = reader(replays, { isBlocked: true });
  await replays.stop();
  await Promise.all([second.over, third.over]);
  assert.deepEqual([second.ends, third.ends], [['failed'], ['failed']]);
  assert.equal(tails(), 0);
  const late = reader(replays, {});
  await late.over;
  assert.deepEqual(late.ends, ['failed']);
});

test('a reader that cannot take an event fails alone', async (t) => {
  const { replays } = await given(t, { count: 50 });
  const failing = reader(replays, {
    until: 50,
    onTake(version) {
      if (version === 7) throw new Error('no');
    },
  });
  const other = reader(replays, { until: 50 });
  await Promise.all([failing.over, other.over]);
  assert.deepEqual([failing.ends, other.ends], [['failed'], ['done']]);
  assert.deepEqual(other.seen, range(1, 50));
});

test('readers whose records have gone, before or while they are read, are told so', async (t) => {
  let nowMs = Date.now();
  const log = await testLog(t, { nowMs: () => nowMs, retentionCheckMs: 5 });
  const { replays } = await given(t, { count: 1_000, log });
  const whileReading = reader(replays, {
    async onTake(version) {
      if (version !== 10) return;
      nowMs += productEvents.retentionMs + 1;
      await until(
        'the records have gone',
        async () => (await log.offsets(productEvents.name)).get(PARTITION)?.start === 1_000n,
      );
      await publish(log, productEvent('updated', 1_001));
    },
  });
  await whileReading.over;
  assert.deepEqual(whileReading.ends, ['expired']);
  const { length } = whileReading.seen;
  assert.deepEqual(whileReading.seen, range(1, length));

  const late = reader(replays, { from: 3 });
  await late.over;
  assert.deepEqual(late.ends, ['expired']);
});

test('a log that is away is told so', async (t) => {
  const { log } = await given(t, { count: 1 });
  const away = { ...log, offsets: () => Promise.reject(new Error('away')) };
  const replays = createReplays({
    ...{ log: away, topic: productTopic, turns: createTurns(4), onRead() {}, logger: silentLogger() },
  });
  const { over, ends } = reader(replays, {});
  await over;
  assert.deepEqual(ends, ['failed']);
  await replays.stop();
});
