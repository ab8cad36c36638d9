import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { Registry } from 'prom-client';
import { deadLetterHeaders } from '../dead-letters/index.ts';
import { createEmbeddedEventLog } from '../embedded/index.ts';
import type { LogRecord } from '../event-log.ts';
import { type ConsumerOptions, runConsumer } from './consumer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-consumer-'));
const ownLog = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger: silentLogger() });
after(async () => {
  await ownLog.close();
  rmSync(folder, { recursive: true, force: true });
});

let count = 0;

/** A topic of one partition that holds `values`, and a consumer of it that keeps what it applied. */
async function given(values: readonly string[], { log = ownLog, ...options }: Partial<ConsumerOptions> = {}) {
  count += 1;
  const topic = `records-${count}`;
  const deadLettersTopic = `${topic}.dlq`;
  await log.ensureTopics([topic, deadLettersTopic].map((name) => ({ name, partitions: 1, retentionMs: 60_000 })));
  const records = values.map((value) => ({ key: 'k', value: Buffer.from(value), headers: { traceparent: 't' } }));
  await log.publish(topic, records, { deadlineMs: 1_000 });

  const applied: string[] = [];
  const skipped: string[] = [];
  let position = 0n;
  const done = Promise.withResolvers<void>();
  const registry = new Registry();
  const moveTo = (nextOffset: bigint) => {
    assert(nextOffset > position, 'positions only grow');
    position = nextOffset;
    if (position === BigInt(values.length)) done.resolve();
  };
  const consumption = await runConsumer({
    log,
    topic,
    group: 'g',
    deadLettersTopic,
    positions: async () => new Map(),
    apply: async (part) => {
      const texts = part.records.map((record) => record.value.toString());
      if (texts.some((text) => text.startsWith('bad')))
        throw Object.assign(new Error('cannot read it'), { code: 'BAD' });
      applied.push(...texts);
      moveTo(part.nextOffset);
    },
    isPoison: (error) => (error as { code?: string }).code === 'BAD',
    skip: async ({ record, nextOffset }) => {
      skipped.push(record.value.toString());
      moveTo(nextOffset);
    },
    logger: silentLogger(),
    registry,
    ...options,
  });
  return { topic, deadLettersTopic, applied, skipped, done: done.promise, consumption, registry, moveTo };
}

async function deadLettersOf(topic: string): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  const tail = await ownLog.tail({
    topic,
    from: new Map([[0, 0n]]),
    onRecords: (records) => void found.push(...records),
  });
  await tail.ready;
  await tail.stop();
  return found;
}

test('a record that cannot be handled blocks nothing but itself', async () => {
  const { topic, deadLettersTopic, applied, skipped, done, consumption, registry } = await given([
    ...['a', 'b', 'bad 1', 'c', 'bad 2', 'bad 3', 'd'],
  ]);
  await done;
  await consumption.stop();
  assert.deepEqual(applied, ['a', 'b', 'c', 'd'], 'the others, in order, each once');
  assert.deepEqual(skipped, ['bad 1', 'bad 2', 'bad 3']);
  const dead = await deadLettersOf(deadLettersTopic);
  assert.deepEqual(
    dead.map(({ value, headers }) => [
      value.toString(),
      headers[deadLetterHeaders.reason],
      headers[deadLetterHeaders.code],
      headers[deadLetterHeaders.topic],
      headers[deadLetterHeaders.offset],
      headers.traceparent,
    ]),
    [
      ['bad 1', 'cannot read it', 'BAD', topic, '2', 't'],
      ['bad 2', 'cannot read it', 'BAD', topic, '4', 't'],
      ['bad 3', 'cannot read it', 'BAD', topic, '5', 't'],
    ],
  );
  assert.match(await registry.metrics(), new RegExp(`dead_letters_total{topic="${topic}",group="g"} 3`));
});

test('a record that leaves no room for why it is dead is cut, and blocks no other', async () => {
  const large = `bad ${'x'.repeat(999_900)}`;
  const { deadLettersTopic, applied, done, consumption } = await given(['a', large, 'b']);
  await done;
  await consumption.stop();
  assert.deepEqual(applied, ['a', 'b']);
  const [dead] = await deadLettersOf(deadLettersTopic);
  assert(dead);
  assert.equal(large.startsWith(dead.value.toString()), true);
  assert(dead.value.length > 990_000);
  assert.equal(dead.headers[deadLetterHeaders.cutFromBytes], String(large.length));
  assert.equal(dead.headers[deadLetterHeaders.reason], 'cannot read it');
});

test('an outage skips nothing: the same records come again until they are applied', async () => {
  let tries = 0;
  const seen: string[][] = [];
  const done = Promise.withResolvers<void>();
  const { deadLettersTopic, consumption } = await given(['a', 'b'], {
    apply: async (part) => {
      tries += 1;
      seen.push(part.records.map((record) => record.value.toString()));
      if (tries < 3) throw new Error('the database is away');
      done.resolve();
    },
  });
  await done.promise;
  await consumption.stop();
  assert.deepEqual(seen, [
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'b'],
  ]);
  assert.deepEqual(await deadLettersOf(deadLettersTopic), []);
});

test('positions that cannot be read are asked for again', async () => {
  let tries = 0;
  const { applied, done, consumption } = await given(['a'], {
    positions: async () => {
      tries += 1;
      if (tries < 3) throw new Error('the database is away');
      return new Map();
    },
  });
  await done;
  await consumption.stop();
  assert.deepEqual(applied, ['a']);
});

test('what waits is told in records and in seconds, and nothing when all is handled', async () => {
  const released = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  let moveOn = (_offset: bigint) => {};
  const { topic, done, consumption, registry, moveTo } = await given(['a', 'b'], {
    async apply({ nextOffset }) {
      begun.resolve();
      await released.promise;
      moveOn(nextOffset);
    },
  });
  moveOn = moveTo;
  const lag = async (unit: string) => {
    const name = `tributary_consumer_lag_${unit}{topic="${topic}",group="g",partition="0"} `;
    const line = (await registry.metrics()).split('\n').find((text) => text.startsWith(name));
    return Number(line?.slice(name.length));
  };
  await begun.promise;
  assert.equal(await lag('records'), 2);
  await until('it gets older', async () => (await lag('seconds')) > 0.02);
  assert((await lag('seconds')) < 60);
  released.resolve();
  await done;
  await until('nothing waits', async () => (await lag('records')) === 0);
  assert.equal(await lag('seconds'), 0);
  await consumption.stop();
});

test('records that were deleted before they were handled are counted, once', async (t) => {
  let nowMs = 1_000_000;
  const options = { logger: silentLogger(), nowMs: () => nowMs, retentionCheckMs: 5 };
  const log = createEmbeddedEventLog({ file: join(folder, 'forgetful.sqlite'), ...options });
  t.after(() => log.close());
  let failures = 0;
  const seen: string[] = [];
  const { topic, consumption, registry } = await given(['a', 'b', 'c', 'd'], {
    log,
    async positions() {
      nowMs += 60_001;
      await until('they are deleted', async () => (await log.offsets(`records-${count}`)).get(0)?.start === 4n);
      return new Map([[0, 1n]]);
    },
    async apply({ records }) {
      failures += 1;
      if (failures < 3) throw new Error('the database is away');
      seen.push(...records.map(({ value }) => value.toString()));
    },
  });
  await log.publish(topic, [{ key: 'k', value: Buffer.from('e'), headers: {} }], { deadlineMs: 1_000 });
  await until('the rest is handled', () => seen.length > 0);
  await consumption.stop();
  assert.deepEqual(seen, ['e']);
  assert.match(await registry.metrics(), new RegExp(`lost_records_total{topic="${topic}",group="g"} 3`));
});
