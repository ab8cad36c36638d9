import { inbox } from '@tributary/drizzle/schema.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Session } from './database/database.ts';

/** What became of a command, whatever its aggregate. */
export interface Outcome {
  /** Null when the command could not be read that far. */
  aggregateId: string | null;
  /** The aggregate's version after the command; 0 when it never existed. */
  version: bigint;
  /** The aggregate is deleted as of that version. */
  deleted: boolean;
  /** Null when the command was committed. */
  rejection: StoredRejection | null;
}

export interface StoredRejection {
  code: string;
  message: string;
  field: string | null;
  currentVersion: bigint | null;
}

/** A command that was handled. */
export interface InboxEntry {
  commandId: string;
  /** Null when it could not be read. */
  caller: string | null;
  /** The key that this command holds; null when it has none, repeats that of another or must not keep it. */
  idempotencyKey: string | null;
  bodyHash: Uint8Array | null;
  causationId: string | null;
  outcome: Outcome;
  handledAtMs: number;
}

export interface CallerKey {
  caller: string;
  key: string;
}

/** The entries of these commands and of whoever holds these keys. */
export async function findSeen(
  session: Session,
  commandIds: readonly string[],
  keys: readonly CallerKey[],
): Promise<InboxEntry[]> {
  const byId = sql`command_id = any(${sql.param(commandIds)}::uuid[])`;
  if (keys.length === 0) return select(session, byId);
  const callers = sql.param(keys.map(({ caller }) => caller));
  const texts = sql.param(keys.map(({ key }) => key));
  // A union rather than an OR, so that each half uses its index.
  return select(
    session,
    sql`command_id in (
      select command_id from ${inbox} where ${byId}
      union all
      select command_id from ${inbox}
        join unnest(${callers}::text[], ${texts}::text[]) as wanted (caller, idempotency_key)
        using (caller, idempotency_key))`,
  );
}

export async function findEntry(session: Session, commandId: string): Promise<InboxEntry | undefined> {
  return (await select(session, sql`command_id = ${commandId}`))[0];
}

/** Entries after this id, in the order of ids. */
export function listEntries(session: Session, afterId: string | null, limit: number): Promise<InboxEntry[]> {
  return select(session, sql`${afterId}::uuid is null or command_id > ${afterId} order by command_id limit ${limit}`);
}

/** Remembers commands. Rejects with a unique violation when another writer has just handled one, or has taken its key. */
export async function addToInbox(session: Session, entries: readonly InboxEntry[]): Promise<void> {
  // In one order for all writers, so that those who take the same keys wait for each other and do not deadlock.
  const rows = entries.toSorted((a, b) => compare(a.idempotencyKey ?? '', b.idempotencyKey ?? ''));
  const column = <T>(read: (entry: InboxEntry) => T) => sql.param(rows.map(read));
  await session.rows(sql`
    insert into ${inbox} (command_id, caller, idempotency_key, body_hash, causation_id, aggregate_id, version, deleted,
      rejection_code, rejection_message, rejection_field, rejection_version, handled_at_ms)
    select * from unnest(
      ${column(({ commandId }) => commandId)}::uuid[],
      ${column(({ caller }) => caller)}::text[],
      ${column(({ idempotencyKey }) => idempotencyKey)}::text[],
      ${column(({ bodyHash }) => bodyHash)}::bytea[],
      ${column(({ causationId }) => causationId)}::uuid[],
      ${column(({ outcome }) => outcome.aggregateId)}::uuid[],
      ${column(({ outcome }) => outcome.version)}::bigint[],
      ${column(({ outcome }) => outcome.deleted)}::boolean[],
      ${column(({ outcome }) => outcome.rejection?.code ?? null)}::text[],
      ${column(({ outcome }) => outcome.rejection?.message ?? null)}::text[],
      ${column(({ outcome }) => outcome.rejection?.field ?? null)}::text[],
      ${column(({ outcome }) => outcome.rejection?.currentVersion ?? null)}::bigint[],
      ${column(({ handledAtMs }) => handledAtMs)}::bigint[])`);
}

/**
 * Forgets commands that were handled before a time, at most `limit` of them.
 * @returns how many it forgot
 */
export async function forgetBefore(session: Session, timeMs: number, limit: number): Promise<number> {
  const gone = await session.rows(sql`
    delete from ${inbox} where command_id = any(array(
      select command_id from ${inbox} where handled_at_ms < ${timeMs}
      order by handled_at_ms limit ${limit} for update skip locked))
    returning 1`);
  return gone.length;
}

interface Row {
  command_id: string;
  caller: string | null;
  idempotency_key: string | null;
  body_hash: Uint8Array | null;
  causation_id: string | null;
  aggregate_id: string | null;
  version: bigint;
  deleted: boolean;
  rejection_code: string | null;
  rejection_message: string | null;
  rejection_field: string | null;
  rejection_version: bigint | null;
  handled_at_ms: bigint;
}

async function select(session: Session, condition: SQL): Promise<InboxEntry[]> {
  const rows = await session.rows<Row>(sql`
    select command_id, caller, idempotency_key, body_hash, causation_id, aggregate_id, version, deleted,
      rejection_code, rejection_message, rejection_field, rejection_version, handled_at_ms
    from ${inbox} where ${condition}`);
  return rows.map(entryOf);
}

function entryOf(row: Row): InboxEntry {
  return {
    commandId: row.command_id,
    caller: row.caller,
    idempotencyKey: row.idempotency_key,
    bodyHash: row.body_hash,
    causationId: row.causation_id,
    outcome: {
      aggregateId: row.aggregate_id,
      version: row.version,
      deleted: row.deleted,
      rejection:
        row.rejection_code === null
          ? null
          : {
              code: row.rejection_code,
              message: row.rejection_message ?? '',
              field: row.rejection_field,
              currentVersion: row.rejection_version,
            },
    },
    handledAtMs: Number(row.handled_at_ms),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
