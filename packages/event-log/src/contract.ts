import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { recordSpans } from '@tributary/service/spans';
import { until } from '@tributary/service/testing';
import { Partitioners } from 'kafkajs';
import type { Batch, ConsumeOptions, EventLog, LogRecord, OutgoingRecord } from './event-log.ts';
import { EventLogError } from './event-log.ts';

export interface EventLogUnderTest {
  log: EventLog;
  /** A second replica of the process over the same log; null where there can be only one. */
  replica: EventLog | null;
  /** A topic name that no other test uses. */
  topicName(): string;
  /** Groups that the log still knows and that tails may have left behind; null where it keeps none. */
  leftoverGroups: (() => Promise<string[]>) | null;
  stop(): Promise<void>;
}

const PARTITIONS = 6;
const RETENTION_MS = 3_600_000;
const deadline = { deadlineMs: 10_000 };

const record = (key: string, value: string, headers: Record<string, string> = {}): OutgoingRecord => ({
  key,
  value: Buffer.from(value),
  headers,
});
const textOf = (one: LogRecord) => one.value.toString();

/** Positions and effects as a store would keep them: in one step. */
function createStore() {
  const positions = new Map<number, bigint>();
  const applied: LogRecord[] = [];
  return {
    applied,
    positions,
    read: async () => new Map(positions),
    apply: async ({ partition, records, nextOffset }: Batch) => {
      applied.push(...records);
      positions.set(partition, nextOffset);
    },
  };
}

/** What every event log does, whatever it is made of. */
export function eventLogContract(name: string, start: () => Promise<EventLogUnderTest>): void {
  describe(`event log contract: ${name}`, () => {
    let given: EventLogUnderTest;
    let log: EventLog;
    before(async () => {
      given = await start();
      log = given.log;
    });
    after(() => given.stop());

    async function newTopic(partitions = PARTITIONS): Promise<string> {
      const topic = given.topicName();
      await log.ensureTopics([{ name: topic, partitions, retentionMs: RETENTION_MS }]);
      return topic;
    }

    const consume = (topic: string, options: Partial<ConsumeOptions> = {}, on: EventLog = log) =>
      on.consume({
        topic,
        group: `${topic}-group`,
        positions: async () => new Map(),
        handle: async () => {},
        ...options,
      });

    test('records keep key, value and headers, and the order of their key', async () => {
      const topic = await newTopic();
      const store = createStore();
      const binary = {
        key: 'ключ-🫖',
        value: Uint8Array.from([0, 255, 128]),
        headers: { traceparent: '00-ü', empty: '' },
      };
      await log.publish(topic, [binary], deadline);
      for (let n = 0; n < 30; n++) await log.publish(topic, [record(`key ${n % 3}`, `${n}`)], deadline);
      const consumption = await consume(topic, { handle: store.apply });
      await until('all records', () => store.applied.length === 31);
      const kept = store.applied.find(({ key }) => key === binary.key);
      assert.deepEqual([...(kept?.value ?? [])], [0, 255, 128]);
      assert.deepEqual({ ...kept?.headers }, binary.headers);
      assert(Math.abs((kept?.timestampMs ?? 0) - Date.now()) < 60_000);
      for (const key of ['key 0', 'key 1', 'key 2']) {
        const values = store.applied.filter((one) => one.key === key).map((one) => Number(textOf(one)));
        assert.deepEqual(
          values,
          [...values].sort((a, b) => a - b),
        );
        assert.equal(values.length, 10);
      }
      await consumption.stop();
    });

    test('a key goes to the partition that Kafka clients give it', async () => {
      const topic = await newTopic();
      const partitioner = Partitioners.DefaultPartitioner();
      const partitionMetadata = Array.from({ length: PARTITIONS }, (_, partitionId) => ({
        partitionId,
        leader: 1,
        partitionErrorCode: 0,
        replicas: [],
        isr: [],
      }));
      for (const key of ['a', 'b', '01890a5d-ac96-774b-bcce-b302099a8057', 'ключ']) {
        const [position] = await log.publish(topic, [record(key, 'v')], deadline);
        assert.equal(position?.partition, partitioner({ topic, partitionMetadata, message: { key, value: null } }));
      }
    });

    test('every replica knows the log by the same identity', async () => {
      const identity = await log.identity();
      assert.match(identity, /^[\w-]{16,64}$/);
      assert.equal(await log.identity(), identity);
      if (given.replica) assert.equal(await given.replica.identity(), identity);
    });

    test('concurrent publishes are all acknowledged, each with its own offset', async () => {
      const topic = await newTopic();
      const positions = await Promise.all(
        Array.from({ length: 300 }, (_, n) => log.publish(topic, [record(`k${n % 7}`, `${n}`)], deadline)),
      );
      const places = positions.flat().map(({ partition, offset }) => `${partition}/${offset}`);
      assert.equal(new Set(places).size, 300);
      const ranges = await log.offsets(topic);
      const total = [...ranges.values()].reduce((sum, { start: first, end }) => sum + (end - first), 0n);
      assert.equal(total, 300n);
    });

    test('large records published at once are all taken, though one request could not carry them', async () => {
      const topic = await newTopic(1);
      const large = 'x'.repeat(20_000);
      await Promise.all(Array.from({ length: 120 }, () => log.publish(topic, [record('k', large)], deadline)));
      assert.deepEqual([...(await log.offsets(topic))], [[0, { start: 0n, end: 120n }]]);
      const together = Array.from({ length: 120 }, () => record('k', large));
      await assert.rejects(log.publish(topic, together, deadline), { code: 'TOO_LARGE' });
      assert.equal(log.isUp(), true);
    });

    test('a batch is bounded in records and bytes, and a larger record comes alone', async () => {
      const topic = await newTopic(1);
      const values = ['a', 'b', 'c', 'd', 'e'.repeat(60_000), 'f'.repeat(60_000), 'g'.repeat(150_000), 'h'];
      await log.publish(
        topic,
        values.map((value) => record('k', value)),
        deadline,
      );
      const store = createStore();
      const batches: number[][] = [];
      const consumption = await consume(topic, {
        maxBatchRecords: 3,
        maxBatchBytes: 100_000,
        handle: async (batch) => {
          batches.push(batch.records.map(({ value }) => value.byteLength));
          await store.apply(batch);
        },
      });
      await until('all records', () => store.applied.length === values.length);
      assert.deepEqual(store.applied.map(textOf), values);
      assert.deepEqual(batches, [[1, 1, 1], [1, 60_000], [60_000], [150_000], [1]]);
      await consumption.stop();
    });

    test('a consumer starts where its positions say: at them, at the oldest where they are absent or not kept', async () => {
      const topic = await newTopic(1);
      await log.publish(
        topic,
        ['0', '1', '2', '3'].map((value) => record('k', value)),
        deadline,
      );
      for (const [position, expected] of [
        [2n, ['2', '3']],
        [undefined, ['0', '1', '2', '3']],
        [99n, ['0', '1', '2', '3']],
      ] as const) {
        const store = createStore();
        const positions = async () => (position === undefined ? new Map<number, bigint>() : new Map([[0, position]]));
        const consumption = await consume(topic, { positions, handle: store.apply });
        await until('records from the position', () => store.applied.length >= expected.length);
        assert.deepEqual(store.applied.map(textOf), expected);
        await consumption.stop();
      }
    });

    test('what failed comes again, and blocks no other partition', async () => {
      const topic = await newTopic(2);
      const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
      const placed = await Promise.all(
        keys.map(async (key) => (await log.publish(topic, [record(key, key)], deadline))[0]),
      );
      const sick = placed[0]?.partition;
      assert(
        placed.some((position) => position?.partition !== sick),
        'both partitions are used',
      );
      const store = createStore();
      const failed: string[][] = [];
      let isSick = true;
      const consumption = await consume(topic, {
        positions: store.read,
        handle: async (batch) => {
          if (batch.partition === sick && isSick) {
            failed.push(batch.records.map(textOf));
            throw new Error('sick');
          }
          await store.apply(batch);
        },
      });
      const inSick = keys.filter((_, n) => placed[n]?.partition === sick);
      await until('the other partition', () => store.applied.length === keys.length - inSick.length);
      await until('several tries', () => failed.length >= 3);
      isSick = false;
      await until('the partition that was sick', () => store.applied.length === keys.length);
      assert(
        failed.every((texts) => texts[0] === inSick[0]),
        'always from the first that was not applied',
      );
      await consumption.stop();
    });

    test('a slow partition does not hold up the others', async () => {
      const topic = await newTopic(2);
      const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
      const placed = await Promise.all(
        keys.map(async (key) => (await log.publish(topic, [record(key, key)], deadline))[0]),
      );
      const slow = placed[0]?.partition;
      const released = Promise.withResolvers<void>();
      const store = createStore();
      const consumption = await consume(topic, {
        handle: async (batch) => {
          if (batch.partition === slow) await released.promise;
          await store.apply(batch);
        },
      });
      const others = keys.filter((_, n) => placed[n]?.partition !== slow);
      await until('the other partition', () => store.applied.length === others.length);
      const [fast] = others;
      assert(fast);
      await log.publish(topic, [record(fast, 'later')], deadline);
      await until('a later record of the other partition', () => store.applied.map(textOf).includes('later'));
      assert.equal(consumption.isReading(), true);
      released.resolve();
      await until('the slow partition', () => store.applied.length === keys.length + 1);
      await consumption.stop();
      assert.equal(consumption.isReading(), false);
    });

    test('a consumer that starts again goes on from its positions', async () => {
      const topic = await newTopic();
      const store = createStore();
      const values = Array.from({ length: 60 }, (_, n) => `${n}`);
      for (let from = 0; from < 60; from += 20) {
        await log.publish(
          topic,
          values.slice(from, from + 20).map((value) => record(value, value)),
          deadline,
        );
        const consumption = await consume(topic, { positions: store.read, handle: store.apply, maxBatchRecords: 3 });
        await until('this part', () => store.applied.length === from + 20);
        await consumption.stop();
      }
      assert.deepEqual(store.applied.map(textOf).sort(), [...values].sort(), 'each once');
    });

    test('a stop waits for the batch in hand', async () => {
      const topic = await newTopic(1);
      const started = Promise.withResolvers<void>();
      let finished = false;
      const consumption = await consume(topic, {
        handle: async () => {
          started.resolve();
          await new Promise((resolve) => setTimeout(resolve, 50));
          finished = true;
        },
      });
      await log.publish(topic, [record('k', 'v')], deadline);
      await started.promise;
      await consumption.stop();
      assert.equal(finished, true);
    });

    test('a record of a recorded trace is read in the context of the span in which it was published', async (t) => {
      const recording = recordSpans(t);
      const topic = await newTopic(1);
      const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };
      await log.publish(topic, [record('k', 'a', trace), record('k', 'b')], deadline);
      const found: LogRecord[] = [];
      const onRecords = (records: readonly LogRecord[]) => void found.push(...records);
      const tail = await log.tail({ topic, from: new Map([[0, 0n]]), onRecords });
      await tail.ready;
      await tail.stop();
      const [span, ...others] = recording.spans;
      assert.deepEqual(others, []);
      assert.deepEqual(
        found.map(({ headers }) => headers.traceparent),
        [span?.context.traceparent, undefined],
      );
      assert.deepEqual(
        [span?.parent, span?.attributes['messaging.system'], span?.attributes['messaging.kafka.offset']],
        [trace, log.system, 0],
      );
    });

    test('two members share the partitions, and what one held the other takes on', async () => {
      const topic = await newTopic();
      const other = given.replica ?? log;
      const store = createStore();
      const seen = new Set<string>();
      const handle = async (batch: Batch) => {
        for (const one of batch.records) seen.add(textOf(one));
        await store.apply(batch);
      };
      const options = { positions: store.read, handle };
      const first = await consume(topic, options);
      const second = await consume(topic, options, other);
      await until('both have partitions', () => first.assigned().length > 0 && second.assigned().length > 0);
      await until('a stable share', () => first.assigned().length + second.assigned().length === PARTITIONS);
      for (let n = 0; n < 100; n++) await log.publish(topic, [record(`k${n}`, `${n}`)], deadline);
      await until('all while both run', () => seen.size === 100);
      await second.stop();
      for (let n = 100; n < 200; n++) await log.publish(topic, [record(`k${n}`, `${n}`)], deadline);
      await until('all after one left', () => seen.size === 200);
      await first.stop();
    });

    test('lag tells what is not yet handled', async () => {
      const topic = await newTopic(1);
      const released = Promise.withResolvers<void>();
      const consumption = await consume(topic, { handle: () => released.promise, maxBatchRecords: 1 });
      await log.publish(
        topic,
        ['a', 'b', 'c'].map((value) => record('k', value)),
        deadline,
      );
      await until('lag', () => (consumption.lag().get(0) ?? 0n) > 0n);
      released.resolve();
      await until('no lag', () => consumption.lag().get(0) === 0n);
      await consumption.stop();
    });

    test('tails see everything published after they are ready, each all of it, and leave nothing behind', async () => {
      const topic = await newTopic();
      await log.publish(topic, [record('before', 'before')], deadline);
      const known = new Set(await given.leftoverGroups?.());
      const logs = [log, given.replica ?? log];
      const seen = logs.map((): string[] => []);
      const tails = await Promise.all(
        logs.map((on, n) =>
          on.tail({ topic, from: 'end', onRecords: (records) => void seen[n]?.push(...records.map(textOf)) }),
        ),
      );
      await Promise.all(tails.map((tail) => tail.ready));
      const values = Array.from({ length: 100 }, (_, n) => `${n}`);
      await Promise.all(values.map((value) => log.publish(topic, [record(value, value)], deadline)));
      for (const texts of seen) {
        await until('all of it', () => texts.length >= 100);
        assert.deepEqual([...texts].sort(), [...values].sort());
      }
      await until('caught up', () => tails.every((tail) => tail.caughtUp()));
      const ranges = await log.offsets(topic);
      for (const tail of tails)
        assert.deepEqual(
          [...tail.positions()].sort(),
          [...ranges].map(([partition, { end }]) => [partition, end] as const).sort(),
        );
      await Promise.all(tails.map((tail) => tail.stop()));
      if (given.leftoverGroups) {
        const { leftoverGroups } = given;
        await until(
          'no group left',
          async () =>
            (await leftoverGroups()).filter((group) => !known.has(group) && group.startsWith('tail-')).length === 0,
        );
      }
    });

    test('a tail from positions reads what is there first, and is ready then', async () => {
      const topic = await newTopic(1);
      await log.publish(
        topic,
        ['0', '1', '2', '3'].map((value) => record('k', value)),
        deadline,
      );
      const seen: string[] = [];
      const tail = await log.tail({
        topic,
        from: new Map([[0, 1n]]),
        onRecords: (records) => void seen.push(...records.map(textOf)),
      });
      await tail.ready;
      assert.deepEqual(seen, ['1', '2', '3']);
      await tail.stop();
    });

    test('topics are made once, and another number of partitions is refused', async () => {
      const topic = await newTopic(2);
      const settings = { name: topic, partitions: 2, retentionMs: RETENTION_MS };
      const replicas = [log, given.replica ?? log];
      await Promise.all(replicas.map((one) => one.ensureTopics([settings, { ...settings, name: given.topicName() }])));
      await log.ensureTopics([{ ...settings, retentionMs: RETENTION_MS * 2 }]);
      await assert.rejects(log.ensureTopics([{ ...settings, partitions: 3 }]), { code: 'TOPIC_MISMATCH' });
    });

    test('a topic tells how it is set, one that does not exist nothing', async () => {
      const topic = await newTopic(2);
      const settings = { name: topic, partitions: 2, retentionMs: RETENTION_MS };
      const missing = given.topicName();
      assert.deepEqual([...(await log.describe([missing, topic]))], [[topic, settings]]);
      assert.deepEqual([...(await log.describe([missing]))], []);
      await log.ensureTopics([{ ...settings, retentionMs: RETENTION_MS * 2 }]);
      await until('the new retention', async () => {
        return (await log.describe([topic])).get(topic)?.retentionMs === RETENTION_MS * 2;
      });
    });

    test('what cannot be published is refused with a code', async () => {
      const topic = await newTopic(1);
      await assert.rejects(log.publish(topic, [record('k', 'x'.repeat(2_000_000))], deadline), { code: 'TOO_LARGE' });
      await assert.rejects(
        log.publish(given.topicName(), [record('k', 'v')], deadline),
        (error) => error instanceof EventLogError,
      );
    });
  });
}
