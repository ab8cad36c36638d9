import { StartError } from '@tributary/service';
import { Partitioners } from 'kafkajs';
import type { Registry } from 'prom-client';
import { type EventLog, EventLogError } from '../event-log.ts';
import { partitionOf } from '../partitioner.ts';
import { observed } from '../publishing/observed.ts';
import { checkSize } from '../record-size.ts';
import { createAvailability } from './availability.ts';
import { createKafkaClient, type KafkaClientOptions } from './client.ts';
import { consumeGroup } from './consumption.ts';
import { createPublisher } from './publisher.ts';
import { createTail } from './tail.ts';
import { describeTopics, ensureTopics, offsetRanges, partitionCount } from './topics.ts';

export interface KafkaEventLogOptions extends KafkaClientOptions {
  /** For topics that have to be created. Default 1; 3 in production. */
  replicationFactor?: number;
  /** Replicas that must have a record before it counts as published, for topics that have to be created. Default 1; 2 in production. */
  minInSyncReplicas?: number;
  /** How long no fetch of a reader may end before its consumer is replaced, in milliseconds. Default 30,000. */
  stuckAfterMs?: number;
  /** Takes the metrics of publishing. Default: none are kept. */
  registry?: Registry;
}

const SYSTEM = 'kafka';

/**
 * Connects to Kafka. Rejects when no broker answers: try again.
 * @throws EventLogError `ACCESS_DENIED` when Kafka does not take the credentials
 * @throws StartError `TOO_MANY_INSYNC_REPLICAS` when no record could ever have as many replicas as it must have
 */
export async function createKafkaEventLog(options: KafkaEventLogOptions): Promise<EventLog> {
  const { logger, registry, replicationFactor = 1, minInSyncReplicas = 1, stuckAfterMs } = options;
  if (minInSyncReplicas > replicationFactor)
    throw new StartError(
      'TOO_MANY_INSYNC_REPLICAS',
      `a topic of ${replicationFactor} replicas can have no ${minInSyncReplicas} in sync, so that nothing could be published: ` +
        'lower KAFKA_MIN_INSYNC_REPLICAS or raise KAFKA_REPLICATION_FACTOR',
    );
  const reading = { ...(stuckAfterMs !== undefined && { stuckAfterMs }) };
  const kafka = createKafkaClient(options);
  const admin = kafka.admin();
  // Not idempotent: with three brokers a failover lost acknowledged records so. Readers drop repeats.
  const producer = kafka.producer({
    idempotent: false,
    maxInFlightRequests: 1,
    metadataMaxAge: 30_000,
    allowAutoTopicCreation: false,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  const running = new Set<{ stop(): Promise<void> }>();
  const partitionCounts = new Map<string, number>();
  let closed = false;

  await admin.connect().catch(refused);
  await producer.connect();
  const availability = createAvailability({ probe: () => admin.describeCluster(), logger });
  const publisher = createPublisher({ producer, availability });

  function assertOpen(): void {
    if (closed) throw new EventLogError('CLOSED', 'the event log is closed');
  }

  async function partitionsOf(topic: string): Promise<number> {
    const known = partitionCounts.get(topic);
    if (known !== undefined) return known;
    const count = await partitionCount(admin, topic);
    partitionCounts.set(topic, count);
    return count;
  }

  function track<T extends { stop(): Promise<void> }>(part: T): T {
    running.add(part);
    const { stop } = part;
    let stopping: Promise<void> | undefined;
    part.stop = () => {
      stopping ??= stop().finally(() => running.delete(part));
      return stopping;
    };
    return part;
  }

  return {
    system: SYSTEM,
    async ensureTopics(topics) {
      assertOpen();
      await ensureTopics(admin, topics, { replicationFactor, minInSyncReplicas });
    },
    publish: observed(
      async (topic, records, { deadlineMs }) => {
        assertOpen();
        if (records.length === 0) return [];
        const bytes = checkSize(records);
        if (!availability.isUp()) throw new EventLogError('UNAVAILABLE', 'the brokers are away; nothing was sent');
        const partitions = await partitionsOf(topic);
        const placed = records.map((record) => ({ ...record, partition: partitionOf(record.key, partitions) }));
        return publisher.publish({ topic, records: placed, bytes }, deadlineMs);
      },
      { system: SYSTEM, registry },
    ),
    async consume(consumeOptions) {
      assertOpen();
      const partitions = await partitionsOf(consumeOptions.topic);
      const consumption = track(
        await consumeGroup({ ...consumeOptions, ...reading, kafka, admin, partitions, logger }),
      );
      await Promise.race([consumption.joined, consumption.ended.then((reason) => Promise.reject(reason))]);
      return consumption;
    },
    async tail(tailOptions) {
      assertOpen();
      const partitions = await partitionsOf(tailOptions.topic);
      return track(await createTail({ ...tailOptions, ...reading, kafka, admin, partitions, logger }));
    },
    async offsets(topic) {
      assertOpen();
      return offsetRanges(admin, topic);
    },
    async identity() {
      assertOpen();
      return (await admin.describeCluster()).clusterId;
    },
    async describe(topics) {
      assertOpen();
      return describeTopics(admin, topics);
    },
    isUp: () => !closed && availability.isUp(),
    async close() {
      if (closed) return;
      closed = true;
      availability.stop();
      await Promise.all([...running].map((part) => part.stop()));
      await publisher.drain();
      await producer.disconnect();
      await admin.disconnect();
    },
  };
}

function refused(error: Error): never {
  if (error.name !== 'KafkaJSSASLAuthenticationError') throw error;
  throw new EventLogError('ACCESS_DENIED', `Kafka refuses KAFKA_CREDENTIALS: ${error.message}`, { cause: error });
}
