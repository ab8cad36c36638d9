import type { Batch } from '../event-log.ts';

/** How long a consumer's partitions have been waiting for it. */
export interface LagAges {
  /** The partitions are read anew from now on: how old what waits there is, is not known yet. */
  startAt(partitions: readonly number[]): void;
  begin(batch: Batch): void;
  /** @param lag how many records of the partition were not handled with the batch in hand, itself among them */
  end(batch: Batch, lag: bigint): void;
  /** The age of the oldest record that waits, about, in milliseconds. */
  ageMs(partition: number): number;
}

/**
 * Tells ages by the records that were seen: that of the first record in hand, or to come again, and between two batches of a
 * backlog that of the last record handled, whose successor is not much younger. What comes to an idle partition has no age until it
 * is in hand.
 */
export function createLagAges(nowMs: () => number = Date.now): LagAges {
  const oldestMs = new Map<number, number>();
  return {
    startAt(partitions) {
      for (const partition of partitions) oldestMs.set(partition, nowMs());
    },
    begin({ partition, records: [first] }) {
      if (first) oldestMs.set(partition, first.timestampMs);
    },
    end({ partition, records, nextOffset }, lag) {
      const [first, last] = [records[0], records.at(-1)];
      if (first && last && lag > nextOffset - first.offset) oldestMs.set(partition, last.timestampMs);
      else oldestMs.delete(partition);
    },
    ageMs(partition) {
      const sinceMs = oldestMs.get(partition);
      return sinceMs === undefined ? 0 : Math.max(0, nowMs() - sinceMs);
    },
  };
}
