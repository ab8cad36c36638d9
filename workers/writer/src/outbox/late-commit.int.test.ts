import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '@tributary/engines';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import type { Database } from '../database/database.ts';
import { openPostgres } from '../database/postgres.ts';
import { createSqlWriteStore } from '../product/sql-store.ts';
import { create } from '../testing/commands.ts';
import { createFakeLog, type PublishedRecord, unavailable } from '../testing/fake-log.ts';
import { givenWriter } from '../testing/given-writer.ts';
import { sqlTestStore } from '../testing/stores.ts';

test('a transaction that commits late is not skipped: its events, of lower ids than those relayed before, are relayed too', async (t) => {
  const { url, drop } = await createTestDatabase();
  const database = await openPostgres({ url, logger: silentLogger(), signal: new AbortController().signal });
  const { store, count, close } = sqlTestStore(database, drop);
  const mayCommit = Promise.withResolvers<void>();
  const wrote = Promise.withResolvers<void>();
  const late: Database = {
    ...database,
    transaction: (run) =>
      database.transaction(async (session) => {
        const result = await run(session);
        wrote.resolve();
        await mayCommit.promise;
        return result;
      }),
  };
  const records: PublishedRecord[] = [];
  // It dies as soon as it has committed: nothing that it decided goes out through it.
  const dying = givenWriter(createSqlWriteStore(late), { log: createFakeLog(), leftBehindMs: 60_000 });
  dying.log.onPublish = unavailable;
  const other = givenWriter(store, { log: createFakeLog(records), leftBehindMs: 0 });
  t.after(async () => {
    await Promise.all([dying.stop(), other.stop()]);
    await close();
  });

  const [slow, fast] = [create(), create()];
  const deciding = dying.handle([slow], 1);
  await wrote.promise;
  await other.handle([fast], 2);
  await until('what came later is relayed', () => records.length === 1);
  await until('nothing else stands, as far as anyone can see', async () => (await count('outbox')) === 0);

  mayCommit.resolve();
  await deciding;
  await dying.stop();
  await until('what was committed late is relayed', () => records.length === 2);
  assert.deepEqual(
    records.map(({ key }) => key),
    [fast.productId, slow.productId],
  );
  await until('the outbox is empty', async () => (await count('outbox')) === 0);
});
