import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type AddressesOf, addressesFrom } from './addresses.ts';
import { readEnginesConfig } from './config.ts';
import { upEngines } from './default-engines.ts';
import { type EngineName, engineNames } from './engine.ts';
import { toStderr } from './report.ts';

const variables: Readonly<Record<EngineName, string>> = {
  kafka: 'TEST_KAFKA_BROKERS',
  postgres: 'TEST_POSTGRES_URL',
  mongo: 'TEST_MONGO_URL',
  redis: 'TEST_REDIS_URL',
};

/**
 * Where integration tests find the engines: what the `TEST_*` variables say, which the test runner sets; an engine
 * without a variable is the one of `npm run engines -- up`, started if need be.
 */
export async function engineAddresses<N extends EngineName = EngineName>(
  names: readonly N[] = engineNames as readonly EngineName[] as readonly N[],
): Promise<AddressesOf<N>> {
  const given = names.flatMap((name) => (process.env[variables[name]] ? [[name, process.env[variables[name]]]] : []));
  const missing = names.filter((name) => !process.env[variables[name]]);
  const started = missing.length > 0 ? await upEngines(missing, readEnginesConfig(process.env), toStderr) : {};
  return { ...started, ...addressesFrom(Object.fromEntries(given) as Record<N, string>) } as AddressesOf<N>;
}

export interface TestDatabase {
  readonly url: string;
  /** Ends its connections and drops it. */
  drop(): Promise<void>;
}

/** A new, empty PostgreSQL database for one test or test file. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { postgresUrl } = await engineAddresses(['postgres']);
  const name = uniqueName('test');
  await execute(postgresUrl, `create database "${name}"`);
  const url = new URL(postgresUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => execute(postgresUrl, `drop database if exists "${name}" with (force)`) };
}

/** `prefix-` and 12 random digits: a topic, group, database or key prefix that no other test has. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

async function execute(connectionString: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await client.query(text);
  } finally {
    await client.end();
  }
}
