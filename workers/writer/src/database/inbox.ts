import { inbox } from '@tributary/drizzle/schema.ts';
import { type SQL, sql } from 'drizzle-orm';
import type { Inbox, InboxEntry } from '../inbox.ts';
import type { Session } from './database.ts';

export function sqlInbox(session: Session): Inbox {
  return {
    async findSeen(commandIds, keys) {
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
    },
    find: async (commandId) => (await select(session, sql`command_id = ${commandId}`))[0],
    list: (afterId, limit) =>
      select(session, sql`${afterId}::uuid is null or command_id > ${afterId} order by command_id limit ${limit}`),
    async add(entries) {
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
    },
    async forgetBefore(timeMs, limit) {
      const gone = await session.rows(sql`
        delete from ${inbox} where command_id = any(array(
          select command_id from ${inbox} where handled_at_ms < ${timeMs}
          order by handled_at_ms limit ${limit} for update skip locked))
        returning 1`);
      return gone.length;
    },
  };
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
