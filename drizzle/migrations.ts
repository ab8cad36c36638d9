import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type MigrationMeta, readMigrationFiles } from 'drizzle-orm/migrator';

export const migrationsFolder = fileURLToPath(new URL('./migrations/', import.meta.url));

const STATEMENT_BREAKPOINT = '--> statement-breakpoint';

/** A step of the schema: made by drizzle-kit on the way up, written by hand on the way down. */
export interface Migration {
  /** As at the beginning of its name, from 0. */
  readonly number: number;
  /** `NNNN_name`, as its files are called. */
  readonly name: string;
  /** What drizzle's migrator applies, and what it writes into its journal. */
  readonly up: MigrationMeta;
}

/** The migrations of a folder, the oldest first. */
export function readMigrations(folder = migrationsFolder): Migration[] {
  const { entries } = JSON.parse(readFileSync(join(folder, 'meta', '_journal.json'), 'utf8')) as {
    entries: { idx: number; tag: string }[];
  };
  const ups = readMigrationFiles({ migrationsFolder: folder });
  return entries.map(({ idx, tag }, index) => ({ number: idx, name: tag, up: ups[index] as MigrationMeta }));
}

/** The statements that undo a migration, in order. */
export function readDown(name: string, folder = migrationsFolder): string[] {
  return readFileSync(downFile(name, folder), 'utf8').split(STATEMENT_BREAKPOINT);
}

/** Where the statements that undo a migration are written. */
export function downFile(name: string, folder = migrationsFolder): string {
  return join(folder, `${name}.down.sql`);
}
