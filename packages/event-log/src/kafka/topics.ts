import { setTimeout as delay } from 'node:timers/promises';
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
  if (kept.length > 0) await adjustRetention(admin, kept);
}

/** How those of the topics that exist are set. */
export async function describeTopics(admin: Admin, names: readonly string[]): Promise<Map<string, TopicSettings>> {
  const existing = new Set(await admin.listTopics());
  const found = names.filter((name) => existing.has(name));
  if (found.length === 0) return new Map();
  const { topics } = await admin.fetchTopicMetadata({ topics: found });
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: found.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: [RETENTION] })),
  });
  return new Map(
    topics.map(({ name, partitions }) => {
      const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
      const retention = entries.find(({ configName }) => configName === RETENTION)?.configValue;
      return [name, { name, partitions: partitions.length, retentionMs: Number(retention) }];
    }),
  );
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

const RETENTION = 'retention.ms';
/** A record goes with the last one of its segment: so its time is exceeded by no more than this part. */
const SEGMENTS_PER_RETENTION = 12;
const SHORTEST_SEGMENT_MS = 60_000;

function retentionEntries(retentionMs: number) {
  const segmentMs = Math.max(Math.floor(retentionMs / SEGMENTS_PER_RETENTION), SHORTEST_SEGMENT_MS);
  return [
    { name: RETENTION, value: String(retentionMs) },
    { name: 'segment.ms', value: String(segmentMs) },
  ];
}

async function createTopic(admin: Admin, topic: TopicSettings, defaults: TopicDefaults): Promise<void> {
  try {
    await admin.createTopics({
      waitForLeaders: false,
      topics: [
        {
          topic: topic.name,
          numPartitions: topic.partitions,
          replicationFactor: defaults.replicationFactor,
          configEntries: [
            ...retentionEntries(topic.retentionMs),
            { name: 'min.insync.replicas', value: String(defaults.minInSyncReplicas) },
            { name: 'cleanup.policy', value: 'delete' },
          ],
        },
      ],
    });
  } catch (error) {
    // Another process may have made it, which shows below.
    if (!(await admin.listTopics()).includes(topic.name)) throw error;
  }
  await untilLed(admin, topic.name);
}

const LED_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

/**
 * Waits until every partition of a new topic is led: what is published before may be refused by some of them, and is appended
 * twice to the others when it is sent again. That a broker names a leader does not mean that this one knows already; the
 * library's own waiting asks no more.
 */
async function untilLed(admin: Admin, topic: string): Promise<void> {
  for (const deadlineMs = performance.now() + LED_WITHIN_MS; ; ) {
    try {
      await offsetRanges(admin, topic);
      return;
    } catch (error) {
      if (!(error as { retriable?: boolean }).retriable || performance.now() > deadlineMs) throw error;
      await delay(LOOK_EVERY_MS);
    }
  }
}

/** The source of a setting that was made for one topic: DYNAMIC_TOPIC_CONFIG. */
const SET_ON_TOPIC = 1;

async function adjustRetention(admin: Admin, topics: readonly TopicSettings[]): Promise<void> {
  const type = kafkajs.ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(({ name }) => ({ type, name })),
  });
  const changed = topics.flatMap(({ name, retentionMs }) => {
    const wanted = retentionEntries(retentionMs);
    const current = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? [];
    const isSet = (setting: string, value: string) =>
      current.some(({ configName, configValue }) => configName === setting && configValue === value);
    if (wanted.every((entry) => isSet(entry.name, entry.value))) return [];
    // The request resets whatever it does not name.
    const others = current
      .filter(
        ({ configSource, configName }) =>
          configSource === SET_ON_TOPIC && !wanted.some(({ name: own }) => own === configName),
      )
      .map(({ configName, configValue }) => ({ name: configName, value: configValue }));
    return [{ type, name, configEntries: [...wanted, ...others] }];
  });
  if (changed.length > 0) await admin.alterConfigs({ validateOnly: false, resources: changed });
}
