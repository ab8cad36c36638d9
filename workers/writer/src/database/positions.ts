import { consumerPositions } from '@tributary/drizzle/schema.ts';
import { sql } from 'drizzle-orm';
import type { Positions } from '../positions.ts';
import type { Session } from './database.ts';

export function sqlPositions(session: Session): Positions {
  return {
    async advance({ consumer, topic, partition }, nextOffset) {
      await session.rows(sql`
        insert into ${consumerPositions} as held (consumer, topic, partition, next_offset)
        values (${consumer}, ${topic}, ${partition}, ${nextOffset})
        on conflict (consumer, topic, partition)
        do update set next_offset = greatest(held.next_offset, excluded.next_offset)`);
    },
    async read(consumer, topic, partitions) {
      const rows = await session.rows<{ partition: number; next_offset: bigint }>(sql`
        select partition, next_offset from ${consumerPositions}
        where consumer = ${consumer} and topic = ${topic} and partition = any(${sql.param(partitions)}::int[])`);
      return new Map(rows.map((row) => [row.partition, row.next_offset]));
    },
  };
}
