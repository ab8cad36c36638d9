import { consumerPositions } from '@tributary/drizzle/schema.ts';
import { sql } from 'drizzle-orm';
import type { Session } from './database/database.ts';

/** A partition of a topic, as one consumer reads it. */
export interface ConsumedPartition {
  consumer: string;
  topic: string;
  partition: number;
}

/**
 * Moves the next offset of a partition forward, never back, and holds the partition until the transaction ends: of two
 * writers that have the same one at once, the second waits here and then sees what the first did.
 */
export async function advancePosition(
  session: Session,
  { consumer, topic, partition }: ConsumedPartition,
  nextOffset: bigint,
): Promise<void> {
  await session.rows(sql`
    insert into ${consumerPositions} as held (consumer, topic, partition, next_offset)
    values (${consumer}, ${topic}, ${partition}, ${nextOffset})
    on conflict (consumer, topic, partition)
    do update set next_offset = greatest(held.next_offset, excluded.next_offset)`);
}

/** The next offsets as stored; a partition that was never read is absent. */
export async function readPositions(
  session: Session,
  consumer: string,
  topic: string,
  partitions: readonly number[],
): Promise<Map<number, bigint>> {
  const rows = await session.rows<{ partition: number; next_offset: bigint }>(sql`
    select partition, next_offset from ${consumerPositions}
    where consumer = ${consumer} and topic = ${topic} and partition = any(${sql.param(partitions)}::int[])`);
  return new Map(rows.map((row) => [row.partition, row.next_offset]));
}
