import { setTimeout as delay } from 'node:timers/promises';
import { EventLogError } from '@tributary/event-log';
import { createKafkaEventLog } from '@tributary/event-log/kafka';
import { productCommands, productEvents, topics } from '@tributary/proto/topics.ts';
import { ConfigError, silentLogger } from '@tributary/service';
import { HELP, readTopicsConfig, type TopicsConfig } from './config.ts';
import { ensureTopics } from './table.ts';

/** For a broker to answer in; the client would go on trying for a minute. */
const CONNECT_TIMEOUT_MS = 5_000;

/** All topics, with the retentions that are configured. */
function configuredTopics(config: TopicsConfig) {
  const retentions: Readonly<Record<string, number>> = {
    [productCommands.name]: config.COMMANDS_RETENTION_MS,
    [productEvents.name]: config.EVENTS_RETENTION_MS,
  };
  return topics.map((topic) => ({ ...topic, retentionMs: retentions[topic.name] ?? topic.retentionMs }));
}

async function openLog(config: TopicsConfig) {
  const log = createKafkaEventLog({
    brokers: config.KAFKA_BROKERS,
    replicationFactor: config.KAFKA_REPLICATION_FACTOR,
    minInSyncReplicas: config.KAFKA_MIN_INSYNC_REPLICAS,
    clientId: 'topics',
    logger: silentLogger(),
  });
  log.catch(() => {}); // when it is too late
  const opened = await Promise.race([log, delay(CONNECT_TIMEOUT_MS, null, { ref: false })]);
  if (opened) return opened;
  const brokers = config.KAFKA_BROKERS.join(', ');
  throw new EventLogError('UNAVAILABLE', `Kafka does not answer at ${brokers} (npm run engines -- up kafka starts it)`);
}

async function main(): Promise<void> {
  const config = readTopicsConfig(process.argv.slice(2), process.env);
  if (config === null) {
    process.stdout.write(HELP);
    return;
  }
  const log = await openLog(config);
  const table = await ensureTopics(log, configuredTopics(config));
  process.stdout.write(`${table.join('\n')}\n`);
  await log.close();
}

try {
  await main();
} catch (error) {
  const { code, message, stack } = error as Error & { code?: string };
  const isExpected =
    error instanceof EventLogError || error instanceof ConfigError || code?.startsWith('ERR_PARSE_ARGS') === true;
  process.stderr.write(`topics: ${isExpected ? message : stack}\n`);
  process.exit(1);
}
