import { sql } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import type { ProductWriteStore } from '../product/products.ts';
import { createSqlWriteStore } from '../product/sql-store.ts';

/** A write store that a test may look into. */
export interface TestStore {
  store: ProductWriteStore;
  /** Empties it. */
  clear(): Promise<void>;
  /** How many rows a table has. */
  count(table: 'products' | 'inbox' | 'outbox' | 'consumer_positions'): Promise<number>;
  close(): Promise<void>;
}

/** @param drop called when the database is closed */
export function sqlTestStore(database: Database, drop = async () => {}): TestStore {
  return {
    store: createSqlWriteStore(database),
    async clear() {
      await database.rows(sql`truncate products, inbox, outbox, consumer_positions`);
    },
    async count(table) {
      const [row] = await database.rows<{ count: bigint }>(sql`select count(*) from ${sql.identifier(table)}`);
      return Number(row?.count);
    },
    async close() {
      await database.close();
      await drop();
    },
  };
}
