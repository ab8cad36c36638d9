import { engineAddresses } from '@tributary/engines';
import type { EventLog } from '@tributary/event-log';
import { openKafkaEventLog } from '@tributary/event-log/kafka';
import { productEvents } from '@tributary/proto/topics.ts';
import { createLogger } from '@tributary/service';

export const liveLogger = createLogger({ service: 'bench', level: 'warn', format: 'json' });

/** Kafka, with the topic of events: what is appended costs the processes under test nothing, as in production. */
export async function openLiveLog(clientId: string): Promise<EventLog> {
  const { kafkaBrokers } = await engineAddresses(['kafka']);
  return openKafkaEventLog({
    config: { KAFKA_BROKERS: kafkaBrokers, KAFKA_REPLICATION_FACTOR: 1, KAFKA_MIN_INSYNC_REPLICAS: 1 },
    clientId,
    topics: [productEvents],
    logger: liveLogger,
    signal: new AbortController().signal,
  });
}
