import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { PGlite } from '@electric-sql/pglite';
import { getTableColumns, getTableName } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from './migrate.ts';
import * as schema from './schema.ts';

const client = await PGlite.create();
const database = drizzle(client);
after(() => client.close());

test('migrations make every table of the schema, with its columns', async () => {
  await migrate(database);
  for (const table of Object.values(schema)) {
    const { rows } = await client.query<{ column_name: string }>(
      "select column_name from information_schema.columns where table_schema = 'public' and table_name = $1",
      [getTableName(table)],
    );
    const columns = Object.values(getTableColumns(table)).map((column) => column.name);
    assert.deepEqual(new Set(rows.map((row) => row.column_name)), new Set(columns), getTableName(table));
  }
});

test('a database that is up to date keeps what it holds', async () => {
  await migrate(database);
  await client.query("insert into consumer_positions values ('writer', 'commands', 0, 7)");
  await migrate(database);
  const { rows } = await client.query('select next_offset from consumer_positions');
  assert.deepEqual(rows, [{ next_offset: 7 }]);
});
