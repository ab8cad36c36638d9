import { setTimeout as delay } from 'node:timers/promises';
import { EventLogError } from '@tributary/event-log';
import { checkTopics, createTopics, type TopicsCheck } from '@tributary/event-log/operations';
import { topicsKept } from '@tributary/proto/topics.ts';
import { ConfigError, kafkaVariables, readConfig, silentLogger, type Values } from '@tributary/service';
import { exitCodes, OpsError } from '../problem.ts';

/** What the environment says of Kafka, read when it is needed. */
export interface KafkaSettings {
  /** KAFKA_BROKERS says where Kafka is. */
  isGiven: boolean;
  /** @throws OpsError `BAD_CONFIG` */
  read(): Values<typeof kafkaVariables>;
}

export function kafkaSettings(env: Readonly<Record<string, string | undefined>>): KafkaSettings {
  return {
    isGiven: Boolean(env.KAFKA_BROKERS),
    read() {
      try {
        return readConfig(kafkaVariables, env);
      } catch (error) {
        if (error instanceof ConfigError) throw new OpsError(error.code, error.message, exitCodes.usage);
        throw error;
      }
    },
  };
}

/** For a broker to answer in; the client would go on trying for a minute. */
const CONNECT_TIMEOUT_MS = 5_000;

/**
 * Does on Kafka itself what a writer would: for when there is none yet.
 * @throws OpsError `UNREACHABLE`, or with the code of the log
 */
export async function onKafka(verb: 'create' | 'check', settings: KafkaSettings): Promise<TopicsCheck> {
  const config = settings.read();
  const log = await openLog(config);
  const wanted = topicsKept(config.COMMANDS_RETENTION_MS, config.EVENTS_RETENTION_MS);
  try {
    return await (verb === 'create' ? createTopics : checkTopics)(log, wanted);
  } catch (error) {
    if (error instanceof EventLogError) throw new OpsError(error.code, error.message);
    throw error;
  } finally {
    await log.close();
  }
}

async function openLog(config: Values<typeof kafkaVariables>) {
  // Only here, since it takes long to load.
  const { createKafkaEventLog, kafkaOptionsOf } = await import('@tributary/event-log/kafka');
  const log = createKafkaEventLog({
    ...kafkaOptionsOf(config),
    clientId: 'operations',
    logger: silentLogger(),
  });
  log.catch(() => {}); // when it is too late
  const opened = await Promise.race([log, delay(CONNECT_TIMEOUT_MS, null, { ref: false })]).catch((error: unknown) => {
    if (error instanceof EventLogError) throw new OpsError(error.code, error.message);
    return null;
  });
  if (opened) return opened;
  throw new OpsError(
    'UNREACHABLE',
    `Kafka does not answer at ${config.KAFKA_BROKERS.join(', ')} (npm run engines -- up kafka starts it)`,
    exitCodes.unreachable,
  );
}
