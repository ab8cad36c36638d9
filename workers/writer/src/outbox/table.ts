import { outbox } from '@tributary/drizzle/schema.ts';
import type { OutgoingRecord } from '@tributary/event-log';
import { type SQL, sql } from 'drizzle-orm';
import type { Session } from '../database/database.ts';

/** A record that is decided and still has to reach its topic. */
export interface OutboxRecord extends OutgoingRecord {
  topic: string;
  /** The aggregate's version after the event. */
  version: bigint;
}

export interface StoredRecord extends OutboxRecord {
  /** Ascends in the order of the changes, within a key. */
  id: bigint;
}

/** Stores records in their order. Whoever adds a key's records must hold the lock of its aggregate. */
export async function addToOutbox(
  session: Session,
  records: readonly OutboxRecord[],
  sourcePartition: number,
  nowMs: number,
): Promise<StoredRecord[]> {
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
}

/** Which of the keys have records standing, other than those with the ids given. */
export async function keysStanding(
  session: Session,
  keys: readonly string[],
  exceptIds: readonly bigint[],
): Promise<Set<string>> {
  const rows = await session.rows<{ key: string }>(sql`
    select distinct key from ${outbox}
    where key = any(${sql.param(keys)}::text[]) and id <> all(${sql.param(exceptIds)}::bigint[])`);
  return new Set(rows.map(({ key }) => key));
}

/** Records that stand: those that these partitions' commands left, or all that were there before a time. */
export type Standing = { partitions: readonly number[] } | { beforeMs: number };

/**
 * The oldest records that stand, in their order, locked until the transaction ends. Of each key whose records are
 * among them the oldest is too, so that relaying them in order never lets a change overtake an earlier one. Skipping
 * locked rows would break that: so it waits for whoever relays them now.
 */
export async function takeStanding(session: Session, standing: Standing, limit: number): Promise<StoredRecord[]> {
  const wanted: SQL =
    'partitions' in standing
      ? sql`source_partition = any(${sql.param(standing.partitions)}::int[])`
      : sql`created_at_ms < ${standing.beforeMs}`;
  return session.rows<StoredRecord>(sql`
    select id, topic, key, version, value, headers from ${outbox}
    where key in (select key from ${outbox} where ${wanted} order by id limit ${limit})
    order by id limit ${limit} for update`);
}

export async function removeFromOutbox(session: Session, ids: readonly bigint[]): Promise<void> {
  await session.rows(sql`delete from ${outbox} where id = any(${sql.param(ids)}::bigint[])`);
}

export interface Backlog {
  records: number;
  /** When the oldest was decided, UTC milliseconds; null when none stands. */
  oldestMs: number | null;
}

export async function readBacklog(session: Session): Promise<Backlog> {
  const [row] = await session.rows<{ records: bigint; oldest_ms: bigint | null }>(
    sql`select count(*) as records, min(created_at_ms) as oldest_ms from ${outbox}`,
  );
  const oldestMs = row?.oldest_ms ?? null;
  return { records: Number(row?.records ?? 0n), oldestMs: oldestMs === null ? null : Number(oldestMs) };
}
