import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres';
import { PgliteDatabase } from 'drizzle-orm/pglite';
import type { Pool } from 'pg';

/** A write model's database through either driver. */
export type MigratableDatabase = (NodePgDatabase & { $client: Pool }) | PgliteDatabase;

/** Held while the tables change, so that of several processes that start at once one migrates and the others wait. */
const MIGRATION_LOCK = 7_104_118_912;

/** Runs what changes tables, one process at a time; of PGlite there is only one process. */
export async function withMigrationLock<T>(
  database: MigratableDatabase,
  run: (session: NodePgDatabase | PgliteDatabase) => Promise<T>,
): Promise<T> {
  if (database instanceof PgliteDatabase) return run(database);
  const client = await database.$client.connect();
  client.on('error', () => {}); // a session that the server ends fails its query; unheard, it would end the process
  try {
    // The limits of ordinary statements are too short for a change of large tables, or for waiting for another's.
    await client.query('set statement_timeout = 0; set lock_timeout = 0; set idle_in_transaction_session_timeout = 0');
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK]);
    return await run(drizzle(client));
  } finally {
    client.release(true); // closes the session, which ends the lock and the settings
  }
}
