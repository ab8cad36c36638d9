import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import type { Admin } from 'kafkajs';
import { createTail } from './tail.ts';
import { fakeKafka } from './testing/fake-kafka.ts';

/** A tail of a topic of one partition that held 5 records when it started. */
async function givenTail(t: TestContext, onRecords: () => Promise<void> = async () => {}) {
  const fake = fakeKafka();
  let end: bigint | null = 5n;
  const admin = {
    async fetchTopicOffsets() {
      if (end === null) throw new Error('away');
      return [{ partition: 0, low: '0', high: String(end), offset: String(end) }];
    },
    deleteGroups: async () => {},
  } as unknown as Admin;
  const told: string[] = [];
  const tail = await createTail({
    ...{ kafka: fake.kafka, admin, topic: 'topic', from: 'end', partitions: 1, logger: silentLogger() },
    async onRecords(records) {
      told.push(...records.map(({ value }) => value.toString()));
      await onRecords();
    },
  });
  t.after(() => tail.stop());
  const [consumer] = fake.made;
  assert(consumer);
  consumer.fetch();
  consumer.join([0]);
  await tail.ready;
  assert.equal(tail.caughtUp(), true);
  return { tail, consumer, told, topicEndsAt: (offset: bigint | null) => (end = offset) };
}

test('a tail that comes back has caught up only when it has read what was there by then', async (t) => {
  const { tail, consumer, topicEndsAt } = await givenTail(t);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 10_000 });
  assert.equal(tail.caughtUp(), false, 'no fetch has ended for long');
  topicEndsAt(null);
  consumer.fetch();
  assert.equal(tail.caughtUp(), false, 'nobody knows how much there is to read');
  await consumer.batch(0, 5n, ['5', '6']);
  assert.equal(tail.caughtUp(), false);
  topicEndsAt(8n);
  await new Promise((resolve) => setTimeout(resolve, 200)); // longer than it takes to ask again
  assert.equal(tail.caughtUp(), false, 'there is one more to read');
  await consumer.batch(0, 7n, ['7']);
  await until('it has caught up', () => tail.caughtUp());
});

test('a tail that joins again has caught up when it has read what was there by then', async (t) => {
  const { tail, consumer, topicEndsAt } = await givenTail(t);
  topicEndsAt(6n);
  consumer.join([0]);
  assert.equal(tail.caughtUp(), false);
  await until('it reads again', async () => {
    await consumer.batch(0, 5n, ['5']);
    return tail.positions().get(0) === 6n;
  });
  await until('it has caught up', () => tail.caughtUp());
});

test('records that are in hand while a tail joins again are told once', async (t) => {
  const inHand = Promise.withResolvers<void>();
  const { tail, consumer, told } = await givenTail(t, () => inHand.promise);
  const first = consumer.batch(0, 5n, ['5', '6']);
  consumer.join([0]);
  await new Promise((resolve) => setImmediate(resolve));
  const early = consumer.batch(0, 5n, ['5', '6']);
  inHand.resolve();
  await Promise.all([first, early]);
  await until('it reads on', async () => {
    await consumer.batch(0, 5n, ['5', '6', '7']);
    return tail.positions().get(0) === 8n;
  });
  assert.deepEqual(told, ['5', '6', '7']);
});
