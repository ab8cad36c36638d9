import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import type { LogRecord } from '../event-log.ts';
import { createGroupReader, type GroupReaderOptions } from './group-reader.ts';
import { fakeKafka } from './testing/fake-kafka.ts';

async function givenReader(
  test: { after(stop: () => Promise<void>): void },
  options: Partial<GroupReaderOptions> = {},
) {
  const fake = fakeKafka();
  const reader = await createGroupReader({
    kafka: fake.kafka,
    group: 'group',
    topic: 'topic',
    partitions: 1,
    startOffsets: async (partitions) => new Map(partitions.map((partition) => [partition, 0n])),
    oldestOffset: async () => 0n,
    take: async () => true,
    limits: { maxRecords: 10, maxBytes: 1_000_000 },
    logger: silentLogger(),
    ...options,
  });
  test.after(() => reader.stop());
  return { ...fake, reader };
}

test('a consumer that found no coordinator is replaced, and the new one is read', async (t) => {
  const { made, consumers, reader } = await givenReader(t);
  made[0]?.crash('KafkaJSGroupCoordinatorNotFound', false);
  await consumers(2);
  made[1]?.join([0]);
  await reader.joined;
  assert.equal(reader.isAssigned(0), true);
});

test('a consumer that cannot go on ends the reading; one that restarts by itself does not', async (t) => {
  const { made, reader } = await givenReader(t);
  made[0]?.crash('KafkaJSNumberOfRetriesExceeded', true);
  made[0]?.crash('KafkaJSTopicMetadataNotLoaded', false);
  assert.equal((await reader.ended).message, 'the consumer of topic cannot go on');
  assert.equal(made.length, 1);
});

test('a reader whose fetches no longer end is not fetching, until one ends', async (t) => {
  t.mock.timers.enable({ apis: ['Date'] });
  const { made, reader } = await givenReader(t);
  assert.equal(reader.isFetching(), true);
  t.mock.timers.tick(2_000);
  assert.equal(reader.isFetching(), false);
  made[0]?.fetch();
  assert.equal(reader.isFetching(), true);
});

test('a consumer whose fetches are stuck is replaced, and the new one reads on from where its user is', async (t) => {
  const taken: string[] = [];
  let position = 5n;
  const { made, consumers, reader } = await givenReader(t, {
    stuckAfterMs: 60,
    startOffsets: async () => new Map([[0, position]]),
    take: async (_, records, end) => {
      taken.push(...records.map(({ value }) => value.toString()));
      position = end;
      return true;
    },
  });
  made[0]?.join([0]);
  await reader.joined;
  await made[0]?.batch(0, 5n, ['5', '6']);
  await consumers(2);
  assert.equal(reader.isAssigned(0), false, 'nothing is read until the new one has joined');
  made[1]?.join([0]);
  await until('it reads again', () => reader.isAssigned(0));
  await made[1]?.batch(0, 5n, ['5', '6', '7']);
  assert.deepEqual(taken, ['5', '6', '7']);
});

test('a consumer whose fetches end is not replaced', async (t) => {
  const { made } = await givenReader(t, { stuckAfterMs: 60 });
  const startedMs = performance.now();
  await until('several times as long has passed', () => {
    made[0]?.fetch();
    return performance.now() - startedMs > 240;
  });
  assert.equal(made.length, 1);
});

test('what is handed out at once is bounded in records and bytes; a larger record comes alone', async (t) => {
  const batches: string[][] = [];
  const { made, reader } = await givenReader(t, {
    limits: { maxRecords: 3, maxBytes: 100 },
    take: async (_, records: readonly LogRecord[]) => {
      batches.push(records.map(({ value }) => value.toString()));
      return true;
    },
  });
  made[0]?.join([0]);
  await reader.joined;
  const [half, large] = ['h'.repeat(60), 'l'.repeat(500)];
  await made[0]?.batch(0, 0n, ['1', '2', '3', '4', half, half, large, '5']);
  assert.deepEqual(batches, [['1', '2', '3'], ['4', half], [half], [large], ['5']]);
});

test('a batch that fails after the end, or while the consumer is being replaced, comes again to no one', async (t) => {
  const { made, reader } = await givenReader(t);
  made[0]?.join([0]);
  await reader.joined;
  reader.readAgain(0, 0n, 0);
  made[0]?.crash('KafkaJSGroupCoordinatorNotFound', false);
  reader.readAgain(0, 0n, 0);
  await reader.stop();
  reader.readAgain(0, 0n, 0);
});
