import { fileURLToPath } from 'node:url';
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator';
import { PgliteDatabase } from 'drizzle-orm/pglite';
import { migrate as migratePglite } from 'drizzle-orm/pglite/migrator';
import type { Pool } from 'pg';

/** A write model's database through either driver. */
export type MigratableDatabase = (NodePgDatabase & { $client: Pool }) | PgliteDatabase;

const migrationsFolder = fileURLToPath(new URL('./migrations/', import.meta.url));

/** Held while the tables change, so that of several processes that start at once one migrates and the others wait. */
const MIGRATION_LOCK = 7_104_118_912;

/** Brings the tables to the state that schema.ts describes. Safe to call from many processes at once. */
export async function migrate(database: MigratableDatabase): Promise<void> {
  if (database instanceof PgliteDatabase) return migratePglite(database, { migrationsFolder });
  const client = await database.$client.connect();
  try {
    // The limits of ordinary statements are too short for a change of large tables, or for waiting for another's.
    await client.query('set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0');
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await migratePostgres(drizzle(client), { migrationsFolder });
  } finally {
    client.release(true); // closes the session, which ends the lock and the settings
  }
}
