import type { Batch, EventLog } from '../event-log.ts';

/** Notices records that were deleted before a consumer read them. */
export interface LostRecords {
  /** The partitions are read from these positions on; of one that has none nothing was to come. */
  startAt(positions: ReadonlyMap<number, bigint>): void;
  /** How many were lost right before the batch. Rejects when the log cannot say: the batch is to come again. */
  before(batch: Batch): Promise<bigint>;
  /** The batch is done. */
  after(batch: Batch): void;
}

/**
 * An offset that is missing was not always lost: a log may use offsets up for itself, and positions that were asked for at an earlier
 * assignment may come after those of a later one. So where some are missing the log is asked what it keeps.
 */
export function createLostRecords(log: Pick<EventLog, 'offsets'>, topic: string): LostRecords {
  const expected = new Map<number, bigint>();
  return {
    startAt(positions) {
      for (const [partition, offset] of positions) expected.set(partition, offset);
    },
    async before({ partition, records: [first] }) {
      const next = expected.get(partition);
      if (next === undefined || first === undefined || first.offset <= next) return 0n;
      const oldest = (await log.offsets(topic)).get(partition)?.start ?? next;
      const end = oldest < first.offset ? oldest : first.offset;
      // Told once, also when the batch comes again.
      expected.set(partition, first.offset);
      return end > next ? end - next : 0n;
    },
    after({ partition, nextOffset }) {
      expected.set(partition, nextOffset);
    },
  };
}
