import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '@tributary/engines';
import { silentLogger } from '@tributary/service';
import { sql } from 'drizzle-orm';
import { openPostgres } from './postgres.ts';

test('a session that the server ends in the middle of a transaction fails that transaction, and nothing else', async (t) => {
  const { url, drop } = await createTestDatabase();
  const database = await openPostgres({ url, logger: silentLogger(), signal: new AbortController().signal });
  t.after(async () => {
    await database.close();
    await drop();
  });
  const broken = database.transaction(async (session) => {
    const [mine] = await session.rows<{ pid: number }>(sql`select pg_backend_pid() as pid`);
    await database.rows(sql`select pg_terminate_backend(${mine?.pid}, 5000)`);
    // No query is under way when the connection says that it ends.
    await new Promise((resolve) => setImmediate(resolve));
    return session.rows(sql`select 1`);
  });
  await assert.rejects(broken);
  assert.deepEqual(await database.rows<{ one: number }>(sql`select 1 as one`), [{ one: 1 }]);
});
