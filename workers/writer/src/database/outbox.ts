import { outbox } from '@tributary/drizzle/schema.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Outbox, OutboxRecord, StoredRecord } from '../outbox/outbox.ts';
import type { Session } from './database.ts';

export function sqlOutbox(session: Session): Outbox {
  return {
    async add(records, sourcePartition, nowMs) {
      if (records.length === 0) return [];
      const column = <T>(read: (record: OutboxRecord) => T) => sql.param(records.map(read));
      const rows = await session.rows<{ id: bigint }>(sql`
        insert into ${outbox} (topic, key, version, value, headers, source_partition, created_at_ms)
        select topic, key, version, value, headers, ${sourcePartition}, ${nowMs} from unnest(
          ${column(({ topic }) => topic)}::text[],
          ${column(({ key }) => key)}::text[],
          ${column(({ version }) => version)}::bigint[],
          ${column(({ value }) => value)}::bytea[],
          ${column(({ headers }) => JSON.stringify(headers))}::jsonb[])
          with ordinality as record (topic, key, version, value, headers, place)
        order by place returning id`);
      // The sequence is drawn in the order of the rows, whatever the order in which they come back.
      const ids = rows.map(({ id }) => id).sort((a, b) => Number(a - b));
      return records.map((record, index) => ({ ...record, id: ids[index] as bigint }));
    },
    async keysStanding(keys, exceptIds) {
      const rows = await session.rows<{ key: string }>(sql`
        select distinct key from ${outbox}
        where key = any(${sql.param(keys)}::text[]) and id <> all(${sql.param(exceptIds)}::bigint[])`);
      return new Set(rows.map(({ key }) => key));
    },
    takeStanding(standing, limit) {
      const wanted: SQL =
        'partitions' in standing
          ? sql`source_partition = any(${sql.param(standing.partitions)}::int[])`
          : sql`created_at_ms < ${standing.beforeMs}`;
      return session.rows<StoredRecord>(sql`
        select id, topic, key, version, value, headers from ${outbox}
        where key in (select key from ${outbox} where ${wanted} order by id limit ${limit})
        order by id limit ${limit} for update`);
    },
    async remove(ids) {
      await session.rows(sql`delete from ${outbox} where id = any(${sql.param(ids)}::bigint[])`);
    },
    async readBacklog() {
      const [row] = await session.rows<{ records: bigint; oldest_ms: bigint | null }>(
        sql`select count(*) as records, min(created_at_ms) as oldest_ms from ${outbox}`,
      );
      const oldestMs = row?.oldest_ms ?? null;
      return { records: Number(row?.records ?? 0n), oldestMs: oldestMs === null ? null : Number(oldestMs) };
    },
  };
}
