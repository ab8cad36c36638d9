import type { KafkaCredentials, KafkaTls, Logger } from '@tributary/service';
import { Kafka, type logCreator, logLevel, type SASLOptions } from 'kafkajs';

export interface KafkaClientOptions {
  /** Bootstrap servers, host:port. */
  brokers: readonly string[];
  /** How the brokers' logs name this process. */
  clientId: string;
  /** Default: connections are not encrypted. */
  tls?: KafkaTls | null;
  /** Default: the client is nobody. */
  credentials?: KafkaCredentials | null;
  /** How often what fails is tried again. Default 60, which is about a minute. */
  retries?: number;
  logger: Logger;
}

/** A client whose settings make a broker that comes back cost less than a second; see docs/running.md. */
export function createKafkaClient({
  brokers,
  clientId,
  tls,
  credentials,
  retries = 60,
  logger,
}: KafkaClientOptions): Kafka {
  return new Kafka({
    clientId,
    brokers: [...brokers],
    ...(tls && { ssl: { ...tls } }),
    ...(credentials && { sasl: { ...credentials } as SASLOptions }),
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, multiplier: 2, factor: 0.2, retries },
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
