import type { Logger } from '@tributary/service';
import { Kafka, type logCreator, logLevel } from 'kafkajs';

export interface KafkaClientOptions {
  brokers: readonly string[];
  clientId: string;
  logger: Logger;
}

/** A client whose settings make a broker that comes back cost less than a second; see docs/running.md. */
export function createKafkaClient({ brokers, clientId, logger }: KafkaClientOptions): Kafka {
  return new Kafka({
    clientId,
    brokers: [...brokers],
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, multiplier: 2, factor: 0.2, retries: 60 },
    logCreator: logTo(logger),
    logLevel: logLevel.WARN,
  });
}

/** The library logs at ERROR what it then retries, so its errors are our warnings. */
function logTo(logger: Logger): logCreator {
  return () =>
    ({ level, namespace, log }) => {
      const { message, timestamp: _, logger: __, ...details } = log;
      const fields = { namespace, ...details };
      if (level <= logLevel.WARN) logger.warn(fields, message);
      else logger.debug(fields, message);
    };
}
