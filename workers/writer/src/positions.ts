/** A partition of a topic, as one consumer reads it. */
export interface ConsumedPartition {
  consumer: string;
  topic: string;
  partition: number;
}

/** The next offset to read of each partition. */
export interface Positions {
  /**
   * Moves the next offset of a partition forward, never back, and holds the partition until the transaction ends: of two
   * writers that have the same one at once, the second waits here and then sees what the first did.
   */
  advance(partition: ConsumedPartition, nextOffset: bigint): Promise<void>;

  /** The next offsets as stored; a partition that was never read is absent. */
  read(consumer: string, topic: string, partitions: readonly number[]): Promise<Map<number, bigint>>;
}
