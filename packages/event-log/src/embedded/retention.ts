import type { Storage } from './storage.ts';

/** Records deleted in one transaction: few enough not to hold up the event loop. */
const BATCH_RECORDS = 500;

/** Deletes what is older than its topic keeps, in small batches with room for other work between them. */
export async function deleteExpired(storage: Storage, nowMs: number, stopped: () => boolean): Promise<void> {
  for (const { name, retentionMs } of storage.topics()) {
    while (!stopped() && storage.deleteOlder(name, nowMs - retentionMs, BATCH_RECORDS) === BATCH_RECORDS)
      await new Promise((resolve) => setImmediate(resolve));
  }
}
