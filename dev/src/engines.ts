import { type EngineName, readEnginesConfig, upEngines } from '@tributary/engines';

/** The variable in which services find each engine. */
const variables: Readonly<Record<EngineName, string>> = {
  kafka: 'KAFKA_BROKERS',
  postgres: 'DATABASE_URL',
  mongo: 'MONGODB_URL',
  redis: 'REDIS_URL',
};

/**
 * Starts the engines that are not running and whose address is not given, and answers where all of them are, as variables.
 * @throws EngineError
 */
export async function startMissingEngines(
  names: readonly EngineName[],
  env: NodeJS.ProcessEnv,
  report: (line: string) => void,
): Promise<{ started: EngineName[]; addresses: Record<string, string> }> {
  const started = names.filter((name) => !env[variables[name]]);
  if (started.length === 0) return { started, addresses: {} };
  const { kafkaBrokers, postgresUrl, mongoUrl, redisUrl } = await upEngines(started, readEnginesConfig(env), report);
  const found: Partial<Record<EngineName, string>> = {
    kafka: kafkaBrokers?.join(','),
    postgres: postgresUrl,
    mongo: mongoUrl,
    redis: redisUrl,
  };
  return { started, addresses: Object.fromEntries(started.map((name) => [variables[name], found[name] as string])) };
}
