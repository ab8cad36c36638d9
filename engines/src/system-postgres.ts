import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { EngineError } from './errors.ts';
import { programs, requireProgram } from './install.ts';
import { freePort } from './ports.ts';
import { type Report, toStderr } from './report.ts';
import { lastLines, run } from './run.ts';
import { type SystemUser, serverUser } from './server-user.ts';

/** A server of the system's PostgreSQL, with the tools of its version for backups. */
export interface SystemPostgres {
  /** Of a database, which need not exist. */
  url(database: string): string;
  /** Runs SQL in the database `postgres`. */
  query(text: string): Promise<void>;
  /** `pg_dump --format=custom` of a database into a file. */
  dump(database: string, file: string): Promise<void>;
  /** `pg_restore` of such a file into a database that is empty. */
  restore(file: string, database: string): Promise<void>;
  /** Stops it and deletes its data. */
  stop(): Promise<void>;
}

const USER = 'tributary';
const START_DEADLINE_MS = 30_000;
const POLL_MS = 50;

/**
 * Starts the system's PostgreSQL on data of its own. For tests of backups: the engine's own package has no pg_dump, and pg_dump
 * refuses a server that is newer than itself. Ends with `stop()` or with this process.
 */
export async function startSystemPostgres({ report = toStderr }: { report?: Report } = {}): Promise<SystemPostgres> {
  const tools = await toolsFolder(report);
  const user = await serverUser();
  const folder = await mkdtemp(join(tmpdir(), 'tributary-postgres-'));
  await chmod(folder, 0o700);
  if (user) await chown(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const port = await freePort();
  const url = (database: string) => `postgres://${USER}:${USER}@127.0.0.1:${port}/${database}`;
  await succeed(
    join(tools, 'initdb'),
    ['-D', data, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions'],
    { cwd: folder, user },
  );
  const server = startServer(join(tools, 'postgres'), ['-D', data, '-h', '127.0.0.1', '-p', String(port)], user);

  async function query(text: string): Promise<void> {
    const client = new pg.Client({ connectionString: url('postgres'), connectionTimeoutMillis: 1_000 });
    client.on('error', () => {}); // the rejected call says it
    try {
      await client.connect();
      await client.query(text);
    } finally {
      await client.end();
    }
  }

  async function stop(): Promise<void> {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }

  try {
    await untilUp(query, server);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    query,
    dump: (database, file) =>
      succeed(join(tools, 'pg_dump'), ['--format=custom', `--file=${file}`, `--dbname=${url(database)}`]),
    restore: (file, database) =>
      succeed(join(tools, 'pg_restore'), ['--exit-on-error', `--dbname=${url(database)}`, file]),
    stop,
  };
}

/** Where the server and the tools of one version lie: Debian has those of each version in a folder, elsewhere they lie together. */
async function toolsFolder(report: Report): Promise<string> {
  const found = await requireProgram(programs.postgresTools, report);
  const { output } = await run(found, ['--version']);
  const [, major = ''] = /PostgreSQL\) (\d+)/.exec(output) ?? [];
  const debian = `/usr/lib/postgresql/${major}/bin`;
  const folder = existsSync(debian) ? debian : dirname(await realpath(found));
  if (existsSync(join(folder, 'initdb'))) return folder;
  throw new EngineError(
    'MISSING_PROGRAM',
    `${found} is there, but not the server of its version: sudo apt-get install postgresql-${major}`,
  );
}

async function succeed(program: string, args: string[], options: Parameters<typeof run>[2] = {}): Promise<void> {
  const { ok, output } = await run(program, args, options);
  if (!ok) throw new EngineError('START_FAILED', `${program} failed:\n${lastLines(output, 12)}`);
}

interface Server {
  isRunning(): boolean;
  output(): string;
  stop(): Promise<void>;
}

function startServer(program: string, args: readonly string[], user: SystemUser | undefined): Server {
  const child: ChildProcess = spawn(program, [...args, '-c', 'unix_socket_directories='], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.once('error', (error) => chunks.push(Buffer.from(error.message)));
  const isRunning = () => child.pid !== undefined && child.exitCode === null && child.signalCode === null;
  const kill = () => child.kill('SIGQUIT');
  process.once('exit', kill);
  return {
    isRunning,
    output: () => Buffer.concat(chunks).toString(),
    async stop() {
      process.off('exit', kill);
      if (!isRunning()) return;
      const ended = once(child, 'exit');
      child.kill('SIGINT'); // "fast": SIGTERM would wait until every client has gone
      await ended;
    },
  };
}

async function untilUp(query: (text: string) => Promise<void>, server: Server): Promise<void> {
  const deadline = performance.now() + START_DEADLINE_MS;
  for (;;) {
    const isUp = await query('select 1').then(
      () => true,
      () => false,
    );
    if (isUp) return;
    if (!server.isRunning() || performance.now() > deadline)
      throw new EngineError('START_FAILED', `PostgreSQL does not answer:\n${lastLines(server.output(), 12)}`);
    await delay(POLL_MS);
  }
}
