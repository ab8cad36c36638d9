import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createTestDatabase } from '@tributary/engines';
import { drizzle } from 'drizzle-orm/node-postgres';
import pg from 'pg';
import { migrate } from './migrate.ts';

const testDatabase = await createTestDatabase();
after(() => testDatabase.drop());

test('many processes may migrate a new database at once', async () => {
  const pools = Array.from({ length: 6 }, () => new pg.Pool({ connectionString: testDatabase.url, max: 1 }));
  try {
    await Promise.all(pools.map((pool) => migrate(drizzle(pool))));
    const { rows } = await (pools[0] as pg.Pool).query(
      "select table_name from information_schema.tables where table_schema = 'public' order by 1",
    );
    assert.deepEqual(
      rows.map((row) => row.table_name),
      ['consumer_positions', 'inbox', 'outbox', 'products'],
    );
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
  }
});

test('a migration that fails does not keep the next process from trying', async () => {
  const pools = Array.from({ length: 2 }, () => new pg.Pool({ connectionString: testDatabase.url, max: 1 }));
  try {
    await pools[0]?.query('drop schema drizzle cascade');
    for (const pool of pools)
      await assert.rejects(migrate(drizzle(pool)), ({ cause }: Error) => /already exists/.test(String(cause)));
  } finally {
    await Promise.all(pools.map((pool) => pool.end()));
  }
});
