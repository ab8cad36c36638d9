import type { Logger } from '@tributary/service';
import type { Registry } from 'prom-client';
import {
  type Consumption,
  type EventLog,
  EventLogError,
  type OffsetRange,
  type Tail,
  type TopicSettings,
} from '../event-log.ts';
import { partitionOf } from '../partitioner.ts';
import { observed } from '../publishing/observed.ts';
import { checkSize } from '../record-size.ts';
import { consumeGroup } from './consumption.ts';
import { createGroups } from './groups.ts';
import { createPublisher } from './publisher.ts';
import { deleteExpired } from './retention.ts';
import { openStorage } from './storage.ts';
import { createTail } from './tail.ts';

export interface EmbeddedEventLogOptions {
  /** The SQLite file; made when missing. */
  file: string;
  logger: Logger;
  /** The log's clock, UTC milliseconds. Default: the system's. */
  nowMs?: () => number;
  /** How often expired records are looked for, in milliseconds. Default: one minute. */
  retentionCheckMs?: number;
  /** Takes the metrics of publishing. Default: none are kept. */
  registry?: Registry;
}

const SYSTEM = 'embedded';

/**
 * The event log in one SQLite file, for one process. A record is durable when its publish resolves.
 * @throws EventLogError `IN_USE` when another process has the file
 */
export function createEmbeddedEventLog(options: EmbeddedEventLogOptions): EventLog {
  const { file, logger, registry, nowMs = Date.now, retentionCheckMs = 60_000 } = options;
  const storage = openStorage(file);
  const groups = createGroups();
  const settings = new Map<string, TopicSettings>(storage.topics().map((topic) => [topic.name, topic]));
  const readers = new Set<{ topic: string; wake(): void }>();
  const running = new Set<{ stop(): Promise<void> }>();
  let closed = false;

  const publisher = createPublisher(storage, nowMs, (topics) => {
    for (const reader of readers) if (topics.has(reader.topic)) reader.wake();
  });
  const sweep = () =>
    deleteExpired(storage, nowMs(), () => closed).catch((error: unknown) =>
      logger.error({ err: error }, 'retention failed'),
    );
  let sweeping = sweep();
  const sweeper = setInterval(() => {
    sweeping = sweeping.then(sweep);
  }, retentionCheckMs);
  sweeper.unref();

  function topicOf(name: string): TopicSettings {
    if (closed) throw new EventLogError('CLOSED', 'the event log is closed');
    const topic = settings.get(name);
    if (!topic) throw new EventLogError('UNKNOWN_TOPIC', `there is no topic ${name}`);
    return topic;
  }

  function ranges({ name, partitions }: TopicSettings): Map<number, OffsetRange> {
    return new Map(Array.from({ length: partitions }, (_, partition) => [partition, storage.range(name, partition)]));
  }

  function track<T extends { stop(): Promise<void> }>(part: T): T {
    running.add(part);
    const { stop } = part;
    part.stop = async () => {
      await stop();
      running.delete(part);
    };
    return part;
  }

  return {
    system: SYSTEM,
    async ensureTopics(topics) {
      if (closed) throw new EventLogError('CLOSED', 'the event log is closed');
      for (const topic of topics) ensureTopic(topic);
    },
    publish: observed(
      async (name, records) => {
        const topic = topicOf(name);
        checkSize(records);
        return publisher.publish(
          records.map((record) => ({
            ...record,
            topic: name,
            partition: partitionOf(record.key, topic.partitions),
          })),
        );
      },
      { system: SYSTEM, registry },
    ),
    async consume(consumeOptions): Promise<Consumption> {
      const topic = topicOf(consumeOptions.topic);
      return track(
        await consumeGroup({ ...consumeOptions, partitions: topic.partitions, storage, groups, readers, logger }),
      );
    },
    async tail(tailOptions): Promise<Tail> {
      const topic = topicOf(tailOptions.topic);
      return track(createTail({ ...tailOptions, ranges: ranges(topic), storage, readers, logger }));
    },
    async offsets(name) {
      return ranges(topicOf(name));
    },
    async identity() {
      if (closed) throw new EventLogError('CLOSED', 'the event log is closed');
      return storage.identity();
    },
    async describe(names) {
      if (closed) throw new EventLogError('CLOSED', 'the event log is closed');
      const found = names.flatMap((name) => settings.get(name) ?? []);
      return new Map(found.map((topic) => [topic.name, { ...topic }]));
    },
    isUp: () => !closed,
    async close() {
      if (closed) return;
      publisher.flush();
      closed = true;
      clearInterval(sweeper);
      await Promise.all([sweeping, ...[...running].map((part) => part.stop())]);
      storage.close();
    },
  };

  function ensureTopic(topic: TopicSettings): void {
    const existing = settings.get(topic.name);
    if (!existing) storage.addTopic(topic);
    else if (existing.partitions !== topic.partitions)
      throw new EventLogError(
        'TOPIC_MISMATCH',
        `topic ${topic.name} has ${existing.partitions} partitions, not ${topic.partitions}: the count never changes in place`,
      );
    else if (existing.retentionMs !== topic.retentionMs) storage.setRetention(topic.name, topic.retentionMs);
    settings.set(topic.name, { ...topic });
  }
}
