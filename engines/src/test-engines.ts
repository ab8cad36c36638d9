import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
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
  return { url: url.href, drop: () => dropDatabase(postgresUrl, name) };
}

/** How long sessions may take to end by themselves. */
const LEAVE_WITHIN_MS = 2_000;

/** A pool has ended before its sessions have: one that is ended by force tells its client so, which listens no more. */
async function dropDatabase(postgresUrl: string, name: string): Promise<void> {
  await withClient(postgresUrl, async (client) => {
    const deadline = Date.now() + LEAVE_WITHIN_MS;
    const isUsed = async () =>
      (await client.query('select 1 from pg_stat_activity where datname = $1 limit 1', [name])).rows.length > 0;
    while ((await isUsed()) && Date.now() < deadline) await delay(5);
    await client.query(`drop database if exists "${name}" with (force)`);
  });
}

/** `prefix-` and 12 random digits: a topic, group, database or key prefix that no other test has. */
export function uniqueName(prefix: string): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

function execute(connectionString: string, text: string): Promise<void> {
  return withClient(connectionString, async (client) => void (await client.query(text)));
}

async function withClient(connectionString: string, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
    await use(client);
  } finally {
    await client.end();
  }
}
