import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { silentLogger } from '@tributary/service';
import type { Consumer, Kafka } from 'kafkajs';
import { createGroupReader } from './group-reader.ts';

interface FakeConsumer {
  crash(name: string, restart: boolean): void;
  join(partitions: number[]): void;
  fetch(): void;
}

/** A client whose consumers do nothing by themselves. */
function fakeKafka() {
  const made: FakeConsumer[] = [];
  let awaited: (() => void) | undefined;
  const consumer = () => {
    const events = new EventEmitter();
    made.push({
      crash: (name, restart) =>
        events.emit('crash', { payload: { error: Object.assign(new Error(name), { name }), restart } }),
      fetch: () => events.emit('fetch'),
      join: (partitions) => events.emit('join', { payload: { memberAssignment: { topic: partitions } } }),
    });
    awaited?.();
    const nothing = async () => {};
    return {
      events: { GROUP_JOIN: 'join', FETCH: 'fetch', CRASH: 'crash' },
      on: (name: string, listener: () => void) => events.on(name, listener),
      seek: () => {},
      ...{ connect: nothing, subscribe: nothing, run: nothing, disconnect: nothing, commitOffsets: nothing },
    } as unknown as Consumer;
  };
  return {
    kafka: { consumer } as unknown as Kafka,
    made,
    another: () => new Promise<void>((resolve) => (awaited = resolve)),
  };
}

async function givenReader(test: { after(stop: () => Promise<void>): void }) {
  const fake = fakeKafka();
  const reader = await createGroupReader({
    kafka: fake.kafka,
    group: 'group',
    topic: 'topic',
    partitions: 1,
    startOffsets: async (partitions) => new Map(partitions.map((partition) => [partition, 0n])),
    oldestOffset: async () => 0n,
    take: async () => true,
    maxBatchRecords: 10,
    logger: silentLogger(),
  });
  test.after(() => reader.stop());
  return { ...fake, reader };
}

test('a consumer that found no coordinator is replaced, and the new one is read', async (t) => {
  const { made, another, reader } = await givenReader(t);
  const replaced = another();
  made[0]?.crash('KafkaJSGroupCoordinatorNotFound', false);
  await replaced;
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
