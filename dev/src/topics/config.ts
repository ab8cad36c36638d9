import { parseArgs } from 'node:util';
import { kafkaVariables, readConfig, type Values } from '@tributary/service';

export const HELP = `npm run topics

Creates the topics that are missing on Kafka, checks the number of partitions of the others, sets their retention, and
shows what is there. Services do the same with their own topics when they start. The exit code is 1 if Kafka is away or a
topic has another number of partitions, which never changes in place.

  --help          this text

Environment (docs/configuration.md): KAFKA_BROKERS, KAFKA_REPLICATION_FACTOR, KAFKA_MIN_INSYNC_REPLICAS,
COMMANDS_RETENTION_MS, EVENTS_RETENTION_MS
`;

export type TopicsConfig = Values<typeof kafkaVariables>;

/**
 * Null: help is wanted.
 * @throws ConfigError, and what `parseArgs` throws
 */
export function readTopicsConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): TopicsConfig | null {
  const { values } = parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h', default: false } } });
  return values.help ? null : readConfig(kafkaVariables, env);
}
