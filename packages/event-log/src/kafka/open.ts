import { type KafkaCredentials, type KafkaTls, StartError, untilUp } from '@tributary/service';
import { type EventLog, EventLogError, type TopicSettings } from '../event-log.ts';
import { createKafkaEventLog, type KafkaEventLogOptions } from './event-log.ts';

/** What `kafkaVariables` read, retention aside. */
export interface KafkaConfig {
  KAFKA_BROKERS: readonly string[];
  KAFKA_TLS?: KafkaTls | null;
  KAFKA_CREDENTIALS?: KafkaCredentials | null;
  KAFKA_REPLICATION_FACTOR: number;
  KAFKA_MIN_INSYNC_REPLICAS: number;
}

export function kafkaOptionsOf(config: KafkaConfig) {
  return {
    brokers: config.KAFKA_BROKERS,
    tls: config.KAFKA_TLS ?? null,
    credentials: config.KAFKA_CREDENTIALS ?? null,
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    minInSyncReplicas: config.KAFKA_MIN_INSYNC_REPLICAS,
  } satisfies Partial<KafkaEventLogOptions>;
}

export interface OpenKafkaEventLogOptions extends Pick<KafkaEventLogOptions, 'clientId' | 'logger' | 'registry'> {
  config: KafkaConfig;
  /** What the process reads and writes: created where missing. */
  topics: readonly TopicSettings[];
  /** Gives up when aborted. */
  signal: AbortSignal;
}

/**
 * Waits until Kafka answers and has the topics.
 * @throws StartError `TOO_MANY_INSYNC_REPLICAS`
 * @throws EventLogError `TOPIC_MISMATCH` when an existing topic has another number of partitions
 */
export async function openKafkaEventLog(options: OpenKafkaEventLogOptions): Promise<EventLog> {
  const { config, clientId, topics, logger, registry, signal } = options;
  const log = await untilUp(
    'Kafka',
    () =>
      createKafkaEventLog({
        ...kafkaOptionsOf(config),
        clientId,
        logger,
        ...(registry !== undefined && { registry }),
      }),
    { logger, signal, isPermanent: (error) => error instanceof StartError },
  );
  try {
    const isPermanent = (error: unknown) => error instanceof EventLogError && error.code === 'TOPIC_MISMATCH';
    await untilUp('topics', () => log.ensureTopics(topics), { logger, signal, isPermanent });
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}
