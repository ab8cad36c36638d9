import { setTimeout as delay } from 'node:timers/promises';

/** A batch of so many records is worth its fixed cost. */
const LARGE_RECORDS = 100;
/** How much longer than it worked a partition rests. */
const REST_FACTOR = 2;
const LONGEST_REST_MS = 50;

/** Tells a partition when to rest after a batch. */
export interface Pacing {
  /** Resolves when the next records of the partition may be asked for. */
  rest(partition: number, batch: { records: number; startedMs: number }): Promise<void>;
}

/**
 * Lets records gather while they come faster than one by one pays. What a batch costs hardly depends on its size, and a fetch
 * returns as soon as there is one record: under load many small batches would eat the time in which a few large ones do the
 * work. A partition that was idle for longer than its last batch took is not under load, and never rests.
 * @param fetchMs what a batch costs beside its handling, in milliseconds
 */
export function createPacing(fetchMs: number): Pacing {
  const endedMs = new Map<number, number>();
  return {
    async rest(partition, { records, startedMs }) {
      const costMs = Math.max(performance.now() - startedMs, fetchMs);
      const idleMs = startedMs - (endedMs.get(partition) ?? Number.NEGATIVE_INFINITY);
      if (records < LARGE_RECORDS && idleMs < costMs) await delay(Math.min(costMs * REST_FACTOR, LONGEST_REST_MS));
      endedMs.set(partition, performance.now());
    },
  };
}
