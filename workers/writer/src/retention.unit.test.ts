import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { v7 } from 'uuid';
import { openPglite } from './database/pglite.ts';
import type { Inbox, InboxEntry } from './inbox.ts';
import { startInboxRetention } from './retention.ts';
import { sqlTestStore } from './testing/stores.ts';

const NOW_MS = 1_000_000_000;
const RETENTION_MS = 1_000;

const handledAt = (handledAtMs: number): InboxEntry => ({
  commandId: v7(),
  caller: 'a',
  idempotencyKey: null,
  bodyHash: null,
  causationId: null,
  outcome: { aggregateId: null, version: 0n, deleted: false, rejection: null },
  handledAtMs,
});

test('commands are forgotten when their time is over, in as many small batches as it takes', async (t) => {
  const { store, count, close } = sqlTestStore(await openPglite());
  const expired = Array.from({ length: 2_500 }, (_, n) => handledAt(NOW_MS - RETENTION_MS - 1 - n));
  const kept = [handledAt(NOW_MS - RETENTION_MS), handledAt(NOW_MS)];
  await store.inbox.add([...expired, ...kept]);
  let largest = 0;
  const inbox: Pick<Inbox, 'forgetBefore'> = {
    async forgetBefore(timeMs, limit) {
      const forgotten = await store.inbox.forgetBefore(timeMs, limit);
      largest = Math.max(largest, forgotten);
      return forgotten;
    },
  };
  let nowMs = NOW_MS;
  const options = { inbox, retentionMs: RETENTION_MS, intervalMs: 5, nowMs: () => nowMs };
  const retention = startInboxRetention({ ...options, logger: silentLogger() });
  t.after(async () => {
    await retention.stop();
    await close();
  });
  await until('the expired ones are forgotten', async () => (await count('inbox')) === kept.length);
  assert.equal(largest, 1_000);
  nowMs += 1;
  await until('another one has expired since', async () => (await count('inbox')) === 1);
});
