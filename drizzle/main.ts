import { createInterface } from 'node:readline/promises';
import { ConfigError } from '@tributary/service';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { HELP, type MigrateOptions, readMigrateOptions, UsageError } from './config.ts';
import type { MigratableDatabase } from './lock.ts';
import { MigrationError, migrateDown, migrateUp, migrationStatus, plannedDown } from './steps.ts';

const CONNECT_TIMEOUT_MS = 3_000;

async function up(database: MigratableDatabase, { to }: MigrateOptions): Promise<void> {
  const applied = await migrateUp(database, to === 'nothing' ? {} : { to });
  say(applied.length > 0 ? `applied: ${applied.join(', ')}` : 'nothing to apply');
}

async function down(database: MigratableDatabase, { to, yes, config }: MigrateOptions): Promise<void> {
  const planned = await plannedDown(database, { to });
  if (planned.length === 0) return say('nothing to undo');
  if (!yes) await confirm(`Undo ${planned.join(', ')} in ${placeOf(config.DATABASE_URL)}?`);
  say(`undone: ${(await migrateDown(database, { to })).join(', ')}`);
}

async function status(database: MigratableDatabase): Promise<void> {
  const all = await migrationStatus(database);
  const width = Math.max(...all.map(({ name }) => name.length));
  for (const { name, state } of all)
    say(`${name.padEnd(width)}  ${state === 'changed' ? 'applied, but its file has changed since' : state}`);
  if (all.some(({ state }) => state !== 'applied')) process.exitCode = 1;
}

/** @throws UsageError unless the user says yes */
async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY)
    throw new UsageError(`${question} There is no terminal to ask on: say --yes if all that it holds may be deleted`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  try {
    const answer = terminal.question(
      `${question}\nThe tables and columns that it made are deleted with all that they hold. Type yes: `,
    );
    if ((await Promise.race([answer, ended])) !== 'yes') throw new UsageError('nothing was changed');
  } finally {
    terminal.close();
  }
}

/** Where a database is, without its password. */
function placeOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `database ${decodeURIComponent(pathname.slice(1))} on ${host}`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function main(): Promise<void> {
  const options = readMigrateOptions(process.argv.slice(2), process.env);
  if (options === null) return say(HELP.trimEnd());
  const url = options.config.DATABASE_URL;
  const pool = new pg.Pool({ connectionString: url, max: 1, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  pool.on('error', () => {}); // an idle connection that breaks is replaced
  try {
    await pool.query('select 1').catch((error: Error) => {
      throw new UsageError(
        `${placeOf(url)} cannot be used: ${reasonOf(error)} (npm run engines -- up starts PostgreSQL)`,
      );
    });
    await { up, down, status }[options.verb](drizzle(pool), options);
  } finally {
    await pool.end();
  }
}

/** The driver gives an error without a message when every address of a host refuses. */
function reasonOf(error: Error & { code?: string }): string {
  return error.message || error.code || error.name;
}

await main().catch((error: Error) => {
  const isExpected = [UsageError, ConfigError, MigrationError].some((expected) => error instanceof expected);
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  process.stderr.write(`migrate: ${isExpected ? error.message : `${error.stack}${cause}`}\n`);
  process.exitCode = 1;
});
