import assert from 'node:assert/strict';
import { test } from 'node:test';
import { engineAddresses, uniqueName } from '@tributary/engines';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import kafkajs, { Kafka, logLevel } from 'kafkajs';
import { eventLogContract } from '../contract.ts';
import { deadLettersContract } from '../dead-letters/contract.ts';
import { createKafkaEventLog, openKafkaEventLog } from './index.ts';

const startKafka = async () => {
  const { kafkaBrokers } = await engineAddresses(['kafka']);
  const logger = silentLogger();
  const log = await createKafkaEventLog({ brokers: kafkaBrokers, clientId: 'contract-a', logger });
  const replica = await createKafkaEventLog({ brokers: kafkaBrokers, clientId: 'contract-b', logger });
  const admin = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const made: string[] = [];
  return {
    log,
    replica,
    topicName: () => {
      const name = uniqueName('contract');
      made.push(name);
      return name;
    },
    leftoverGroups: async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId),
    stop: async () => {
      await Promise.all([log.close(), replica.close()]);
      const existing = new Set(await admin.listTopics());
      await admin.deleteTopics({ topics: made.filter((name) => existing.has(name)) });
      await admin.disconnect();
    },
  };
};
eventLogContract('Kafka', startKafka);
deadLettersContract('Kafka', startKafka);

test('more replicas in sync than there are replicas is refused at once, before Kafka is looked for', async () => {
  const config = { KAFKA_BROKERS: ['127.0.0.1:1'], KAFKA_REPLICATION_FACTOR: 1, KAFKA_MIN_INSYNC_REPLICAS: 2 };
  const { signal } = new AbortController();
  await assert.rejects(
    openKafkaEventLog({ config, clientId: 'replicas', topics: [], logger: silentLogger(), signal }),
    { name: 'StartError', code: 'TOO_MANY_INSYNC_REPLICAS' },
  );
});

test('records go soon after their time, and a change of it leaves alone what else is set', async (t) => {
  const { kafkaBrokers } = await engineAddresses(['kafka']);
  const log = await createKafkaEventLog({ brokers: kafkaBrokers, clientId: 'retention', logger: silentLogger() });
  const admin = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const name = uniqueName('retention');
  t.after(async () => {
    await log.close();
    await admin.deleteTopics({ topics: [name] });
    await admin.disconnect();
  });
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  async function settingsOf(names: readonly string[]) {
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type, name }] });
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    return names.map((wanted) => entries.find(({ configName }) => configName === wanted)?.configValue);
  }
  const hours = 3_600_000;
  await log.ensureTopics([{ name, partitions: 1, retentionMs: 72 * hours }]);
  // A record stays until the last one of its segment is too old.
  assert.deepEqual(await settingsOf(['retention.ms', 'segment.ms']), [`${72 * hours}`, `${6 * hours}`]);
  const set = { 'retention.ms': `${72 * hours}`, 'max.message.bytes': '2000000', 'min.insync.replicas': '1' };
  const configEntries = Object.entries(set).map(([key, value]) => ({ name: key, value }));
  await admin.alterConfigs({ validateOnly: false, resources: [{ type, name, configEntries }] });
  await log.ensureTopics([{ name, partitions: 1, retentionMs: 24 * hours }]);
  const names = ['retention.ms', 'segment.ms', 'max.message.bytes'];
  assert.deepEqual(await settingsOf(names), [`${24 * hours}`, `${2 * hours}`, '2000000']);
});

test('what is published to a topic as soon as it is made is appended once', async (t) => {
  const { kafkaBrokers } = await engineAddresses(['kafka']);
  const log = await createKafkaEventLog({ brokers: kafkaBrokers, clientId: 'new-topics', logger: silentLogger() });
  t.after(() => log.close());
  for (let n = 0; n < 10; n++) {
    const topic = uniqueName('new-topic');
    await log.ensureTopics([{ name: topic, partitions: 40, retentionMs: 3_600_000 }]);
    const keys = Array.from({ length: 200 }, (_, index) => `${index}`);
    await log.publish(
      topic,
      keys.map((key) => ({ key, value: Buffer.from(key), headers: {} })),
      { deadlineMs: 10_000 },
    );
    const ends = [...(await log.offsets(topic)).values()].map(({ end }) => Number(end));
    assert.equal(
      ends.reduce((sum, end) => sum + end, 0),
      200,
    );
  }
});

test('a consumer whose next records were deleted unread goes on with the oldest that are kept', async (t) => {
  const { kafkaBrokers } = await engineAddresses(['kafka']);
  const log = await createKafkaEventLog({ brokers: kafkaBrokers, clientId: 'deleted-unread', logger: silentLogger() });
  const admin = new Kafka({ brokers: kafkaBrokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const topic = uniqueName('deleted-unread');
  t.after(async () => {
    await log.close();
    await admin.deleteTopics({ topics: [topic] });
    await admin.disconnect();
  });
  await log.ensureTopics([{ name: topic, partitions: 1, retentionMs: 3_600_000 }]);
  const publish = (value: string) =>
    log.publish(topic, [{ key: 'k', value: Buffer.from(value), headers: {} }], { deadlineMs: 10_000 });
  for (const value of ['0', '1', '2', '3', '4', '5']) await publish(value);

  const handled: string[] = [];
  const outage = Promise.withResolvers<void>();
  let failures = 0;
  await log.consume({
    topic,
    group: topic,
    maxBatchRecords: 1,
    positions: async () => new Map([[0, 1n]]),
    handle: async ({ records }) => {
      failures += 1;
      if (failures < 3) throw new Error('an outage');
      await outage.promise;
      if (failures === 3) throw new Error('an outage that outlasted the retention');
      handled.push(...records.map(({ value }) => value.toString()));
    },
  });
  await until('several failures', () => failures === 3);
  await admin.fetchTopicOffsets(topic); // else the library does not know where the partition is
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] });
  outage.resolve();
  await publish('6');
  await until('the consumer has read on', () => handled.includes('6'));
  assert.deepEqual(handled, ['4', '5', '6']);
});
