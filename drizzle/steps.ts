import { sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { PgDialect } from 'drizzle-orm/pg-core';
import type { PgliteDatabase } from 'drizzle-orm/pglite';
import { type MigratableDatabase, withMigrationLock } from './lock.ts';
import { type Migration, migrationsFolder, readDown, readMigrations } from './migrations.ts';

type Session = NodePgDatabase | PgliteDatabase;

export interface StepOptions {
  /** Where the migrations lie. Default: those of the write model. */
  folder?: string;
}

export interface MigrationStatus {
  readonly number: number;
  readonly name: string;
  /** `changed`: applied, and its file is another one since. */
  readonly state: 'applied' | 'changed' | 'pending';
}

export type MigrationErrorCode = 'UNKNOWN_MIGRATION' | 'NEWER_DATABASE' | 'MISSED';

/** The database cannot be brought to the wanted migration; the message says what to do. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
  readonly code: MigrationErrorCode;

  constructor(code: MigrationErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** What is applied and what is not, the oldest first. Changes nothing. */
export async function migrationStatus(
  database: MigratableDatabase,
  { folder = migrationsFolder }: StepOptions = {},
): Promise<MigrationStatus[]> {
  const hashes = await appliedHashes(database);
  return readMigrations(folder).map(({ number, name, up }) => {
    const hash = hashes.get(up.folderMillis);
    return { number, name, state: hash === undefined ? 'pending' : hash === up.hash ? 'applied' : 'changed' };
  });
}

/**
 * Applies what is missing, each migration in a transaction of its own, and answers the names of what it applied.
 * @param to the number of the last migration to apply; default: the newest
 * @throws MigrationError
 */
export async function migrateUp(
  database: MigratableDatabase,
  { to, folder = migrationsFolder }: StepOptions & { to?: number } = {},
): Promise<string[]> {
  const all = readMigrations(folder);
  const wanted = to === undefined ? all : all.slice(0, indexOf(all, to) + 1);
  return withMigrationLock(database, async (session) => {
    const hashes = await appliedHashes(session);
    const newest = Math.max(...hashes.keys());
    const missing = wanted.filter(({ up }) => !hashes.has(up.folderMillis));
    const missed = missing.find(({ up }) => up.folderMillis < newest);
    if (missed)
      throw new MigrationError(
        'MISSED',
        `${missed.name} is older than what the database has, and drizzle never applies such a one: generate it anew`,
      );
    for (const { up } of missing) await applyOne(session, up);
    return missing.map(({ name }) => name);
  });
}

/**
 * Undoes migrations, the newest first, each in a transaction of its own, and answers the names of what it undid. Their
 * tables and columns are deleted with all that they hold. When nothing is left, neither is drizzle's journal.
 * @param to the number of the last migration that stays, `nothing` for none; default: all but the newest applied
 * @throws MigrationError
 */
export async function migrateDown(
  database: MigratableDatabase,
  { to, folder = migrationsFolder }: StepOptions & { to?: number | 'nothing' } = {},
): Promise<string[]> {
  return withMigrationLock(database, async (session) => {
    const undone = toUndo(readMigrations(folder), await appliedHashes(session), to);
    for (const { name, up } of undone) {
      const statements = readDown(name, folder);
      await session.transaction(async (transaction) => {
        for (const statement of statements) await transaction.execute(sql.raw(statement));
        await transaction.execute(sql`delete from drizzle.__drizzle_migrations where created_at = ${up.folderMillis}`);
      });
    }
    if (undone.length > 0) await dropEmptyJournal(session);
    return undone.map(({ name }) => name);
  });
}

/** What `migrateDown` would undo. */
export async function plannedDown(
  database: MigratableDatabase,
  { to, folder = migrationsFolder }: StepOptions & { to?: number | 'nothing' } = {},
): Promise<string[]> {
  return toUndo(readMigrations(folder), await appliedHashes(database), to).map(({ name }) => name);
}

/** The newest first. */
function toUndo(
  all: readonly Migration[],
  hashes: ReadonlyMap<number, string>,
  to: number | 'nothing' | undefined,
): Migration[] {
  const known = new Set(all.map(({ up }) => up.folderMillis));
  if ([...hashes.keys()].some((createdAt) => !known.has(createdAt)))
    throw new MigrationError(
      'NEWER_DATABASE',
      'the database has a migration that is not in this checkout: go down with the version that has it',
    );
  const applied = all.filter(({ up }) => hashes.has(up.folderMillis));
  const stay = to === undefined ? applied.slice(0, -1) : to === 'nothing' ? [] : all.slice(0, indexOf(all, to) + 1);
  return applied.filter((migration) => !stay.includes(migration)).reverse();
}

/** By drizzle's own migrator, so that its journal is what `migrate` leaves. It takes a transaction for each call. */
function applyOne(session: Session, up: Migration['up']): Promise<void> {
  const pgSession = session._.session as unknown as Parameters<PgDialect['migrate']>[1];
  return new PgDialect().migrate([up], pgSession, { migrationsFolder });
}

function indexOf(all: readonly Migration[], number: number): number {
  const index = all.findIndex((migration) => migration.number === number);
  if (index >= 0) return index;
  throw new MigrationError(
    'UNKNOWN_MIGRATION',
    `there is no migration ${number}: there are ${all.map(({ name }) => name).join(', ')}`,
  );
}

/** Of drizzle's journal: the hash of each applied migration by the time it was generated, which is its identity there. */
async function appliedHashes(session: Session): Promise<Map<number, string>> {
  const there = await rows<{ is: boolean }>(
    session,
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as is`,
  );
  if (!there[0]?.is) return new Map();
  const applied = await rows<{ createdAt: string; hash: string }>(
    session,
    sql`select created_at::text as "createdAt", hash from drizzle.__drizzle_migrations`,
  );
  return new Map(applied.map(({ createdAt, hash }) => [Number(createdAt), hash]));
}

/** Drops the journal if nothing is applied, and its schema if nothing else is in it. */
async function dropEmptyJournal(session: Session): Promise<void> {
  if ((await appliedHashes(session)).size > 0) return;
  await session.execute(sql`drop table drizzle.__drizzle_migrations`);
  const others = await rows(session, sql`select 1 from pg_class where relnamespace = 'drizzle'::regnamespace`);
  if (others.length === 0) await session.execute(sql`drop schema drizzle`);
}

async function rows<Row extends object>(session: Session, statement: ReturnType<typeof sql>): Promise<Row[]> {
  const result = await session.execute(statement);
  return result.rows as unknown as Row[];
}
