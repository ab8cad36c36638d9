import type { EventLog } from '@tributary/event-log';
import type { WriteStore } from '../write-store.ts';
import type { Standing, StoredRecord } from './outbox.ts';
import { chunksOf, publishChunk } from './publishing.ts';

const PAGE_RECORDS = 500;

export interface SweepOptions {
  store: WriteStore;
  log: EventLog;
  /** How long to wait for the log's acknowledgement, in milliseconds. */
  publishDeadlineMs: number;
}

/**
 * Relays records from the outbox table until none of those wanted stands.
 * @returns how many it relayed
 */
export async function sweep(options: SweepOptions, standing: Standing): Promise<number> {
  let relayed = 0;
  for (;;) {
    const page = await sweepPage(options, standing);
    relayed += page.relayed;
    if (page.error !== null) throw page.error;
    if (page.taken < PAGE_RECORDS) return relayed;
  }
}

interface Page {
  taken: number;
  relayed: number;
  /** Why the rest of the page still stands. */
  error: unknown;
}

/** Takes the oldest records and removes those that the log acknowledged, though a later one failed. */
function sweepPage({ store, log, publishDeadlineMs }: SweepOptions, standing: Standing): Promise<Page> {
  return store.transaction(async (session) => {
    const records = await session.outbox.takeStanding(standing, PAGE_RECORDS);
    const page: Page = { taken: records.length, relayed: 0, error: null };
    for (const chunk of chunksOf(records)) {
      page.error = await failureOf(publishChunk(chunk, { log, deadlineMs: publishDeadlineMs, path: 'table' }));
      if (page.error !== null) return page;
      await session.outbox.remove(chunk.map(idOf));
      page.relayed += chunk.length;
    }
    return page;
  });
}

function failureOf(work: Promise<void>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error ?? new Error('failed without a reason'),
  );
}

function idOf({ id }: StoredRecord): bigint {
  return id;
}
