import kafkajs, { type Admin } from 'kafkajs';
import { EventLogError, type OffsetRange, type TopicSettings } from '../event-log.ts';

export interface TopicDefaults {
  replicationFactor: number;
  minInSyncReplicas: number;
}

/** Creates what is missing and checks the rest; many processes may do so at once. */
export async function ensureTopics(
  admin: Admin,
  topics: readonly TopicSettings[],
  defaults: TopicDefaults,
): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter(({ name }) => !existing.has(name));
  // One by one: a topic that another process makes at the same moment must not fail the others.
  for (const topic of missing) await createTopic(admin, topic, defaults);
  for (const { name, partitions } of topics) {
    const count = await partitionCount(admin, name);
    if (count !== partitions)
      throw new EventLogError(
        'TOPIC_MISMATCH',
        `topic ${name} has ${count} partitions, not ${partitions}: the count never changes in place`,
      );
  }
  const kept = topics.filter(({ name }) => existing.has(name));
  if (kept.length > 0) await adjustRetention(admin, kept, defaults);
}

/** @throws EventLogError `UNKNOWN_TOPIC` */
export async function partitionCount(admin: Admin, topic: string): Promise<number> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  } catch (error) {
    if ((error as { type?: string }).type !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error;
    throw new EventLogError('UNKNOWN_TOPIC', `there is no topic ${topic}`, { cause: error });
  }
}

export async function offsetRanges(admin: Admin, topic: string): Promise<Map<number, OffsetRange>> {
  const offsets = await admin.fetchTopicOffsets(topic);
  return new Map(offsets.map(({ partition, low, high }) => [partition, { start: BigInt(low), end: BigInt(high) }]));
}

/** The oldest offset of a partition that is kept. */
export async function oldestOffset(admin: Admin, topic: string, partition: number): Promise<bigint> {
  return (await offsetRanges(admin, topic)).get(partition)?.start ?? 0n;
}

function configEntries({ retentionMs }: TopicSettings, { minInSyncReplicas }: TopicDefaults) {
  return [
    { name: 'retention.ms', value: String(retentionMs) },
    { name: 'min.insync.replicas', value: String(minInSyncReplicas) },
    { name: 'cleanup.policy', value: 'delete' },
  ];
}

async function createTopic(admin: Admin, topic: TopicSettings, defaults: TopicDefaults): Promise<void> {
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: [
        {
          topic: topic.name,
          numPartitions: topic.partitions,
          replicationFactor: defaults.replicationFactor,
          configEntries: configEntries(topic, defaults),
        },
      ],
    });
  } catch (error) {
    // Another process may have made it, which shows below.
    if (!(await admin.listTopics()).includes(topic.name)) throw error;
  }
}

async function adjustRetention(admin: Admin, topics: readonly TopicSettings[], defaults: TopicDefaults): Promise<void> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ name }) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name,
      configNames: ['retention.ms'],
    })),
  });
  const current = new Map(
    resources.map(({ resourceName, configEntries: entries }) => [
      resourceName,
      entries.find(({ configName }) => configName === 'retention.ms')?.configValue,
    ]),
  );
  const changed = topics.filter(({ name, retentionMs }) => current.get(name) !== String(retentionMs));
  if (changed.length === 0) return;
  await admin.alterConfigs({
    validateOnly: false,
    resources: changed.map((topic) => ({
      type: kafkajs.ConfigResourceTypes.TOPIC,
      name: topic.name,
      configEntries: configEntries(topic, defaults),
    })),
  });
}
