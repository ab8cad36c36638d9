import type { OffsetRange } from '@tributary/event-log';
import type { Positions } from '../cursor.ts';

/**
 * How many records of a partition can lie between an event and its repeat, at most: a relay that dies between the log's
 * acknowledgement and the removal of its rows repeats its last chunk, 512 records, and two may die in turn.
 */
export const REPEAT_RECORDS = 2_000;

export interface Start {
  /** Where to begin to read. */
  readonly from: Positions;
  /** From where on an event that is read is known to be no repeat of one before. */
  readonly trusted: Positions;
}

/**
 * Where a process begins to read: some way before the end, so that it knows a repeat when it sees one, and has what
 * most clients that come from another process have not seen yet.
 */
export function startBeforeEnd(ranges: ReadonlyMap<number, OffsetRange>, partitions: number): Start {
  const from: number[] = [];
  const trusted: number[] = [];
  for (let partition = 0; partition < partitions; partition += 1) {
    const { start, end } = ranges.get(partition) ?? { start: 0n, end: 0n };
    const oldest = Number(start);
    const first = Math.max(oldest, Number(end) - 2 * REPEAT_RECORDS);
    from.push(first);
    trusted.push(first === oldest ? oldest : first + REPEAT_RECORDS);
  }
  return { from, trusted };
}

export function toOffsets(positions: Positions): ReadonlyMap<number, bigint> {
  return new Map(positions.map((position, partition) => [partition, BigInt(position)]));
}
