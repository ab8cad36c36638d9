import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator';
import { PgliteDatabase } from 'drizzle-orm/pglite';
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator';
import { type MigratableDatabase, withMigrationLock } from './lock.ts';
import { migrationsFolder } from './migrations.ts';

export type { MigratableDatabase } from './lock.ts';

/** Brings the tables to the state that schema.ts describes. Safe to call from many processes at once. */
export function migrate(database: MigratableDatabase): Promise<void> {
  return withMigrationLock(database, (session) =>
    session instanceof PgliteDatabase
      ? migratePglite(session, { migrationsFolder })
      : migratePostgres(session, { migrationsFolder }),
  );
}
