import { StartError, untilUp } from '@tributary/service';
import { type EventLog, EventLogError, type TopicSettings } from '../event-log.ts';
import { createKafkaEventLog, type KafkaEventLogOptions } from './event-log.ts';

export interface OpenKafkaEventLogOptions extends Pick<KafkaEventLogOptions, 'clientId' | 'logger' | 'registry'> {
  /** What `kafkaVariables` read. */
  config: {
    KAFKA_BROKERS: readonly string[];
    KAFKA_REPLICATION_FACTOR: number;
    KAFKA_MIN_INSYNC_REPLICAS: number;
  };
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
        brokers: config.KAFKA_BROKERS,
        replicationFactor: config.KAFKA_REPLICATION_FACTOR,
        minInSyncReplicas: config.KAFKA_MIN_INSYNC_REPLICAS,
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
