import type { EventLog } from '../event-log.ts';

/** How far a consumer is in a partition, as JSON. */
export interface PartitionLag {
  partition: number;
  /** The next offset to be read. */
  position: string;
  /** The offset that the next record will get. */
  end: string;
  /** Records that are still to be read. */
  lag: number;
}

export interface TopicLag {
  topic: string;
  lag: number;
  partitions: readonly PartitionLag[];
}

/** How far a consumer is whose positions these are; one that has none stands at the oldest record. */
export async function lagOf(
  log: EventLog,
  topic: string,
  positionsOf: (partitions: readonly number[]) => Promise<ReadonlyMap<number, bigint>>,
): Promise<TopicLag> {
  // Positions first: one that is read after its end could lie beyond it.
  const before = await log.offsets(topic);
  const positions = await positionsOf([...before.keys()]);
  const ranges = await log.offsets(topic);
  const partitions = [...ranges].map(([partition, { start, end }]) => {
    const stored = positions.get(partition) ?? start;
    const position = stored < start ? start : stored;
    const lag = Number(end > position ? end - position : 0n);
    return { partition, position: String(position), end: String(end), lag };
  });
  partitions.sort((a, b) => a.partition - b.partition);
  return { topic, lag: partitions.reduce((sum, { lag }) => sum + lag, 0), partitions };
}
