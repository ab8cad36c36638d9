import { until } from '@tributary/service/testing';
import pg from 'pg';

/** Keeps writers from removing what the event log has acknowledged from the outbox, so that they can be killed before they have. */
export interface HeldRemoval {
  /** Resolves when a writer waits to remove records, which have been acknowledged by then. */
  isWaitedFor(): Promise<void>;
  /** Lets removals happen again, but none of those that waited: whoever asked for them is dead. */
  release(): Promise<void>;
}

const LOCK = 4_711;

export async function holdRemoval(databaseUrl: string): Promise<HeldRemoval> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query(`
    create or replace function hold_removal() returns trigger language plpgsql as
      $$ begin perform pg_advisory_xact_lock_shared(${LOCK}); return null; end $$;
    create or replace trigger hold_removal before delete on outbox for each statement execute function hold_removal();
    select pg_advisory_lock(${LOCK});
  `);
  const waiting = async () => {
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and objid = ${LOCK} and not granted`,
    );
    return rows.map(({ pid }) => pid);
  };
  return {
    async isWaitedFor() {
      await until('a writer waits to remove records', async () => (await waiting()).length > 0, 15_000);
    },
    async release() {
      await client.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [await waiting()]);
      await until('they are gone', async () => (await waiting()).length === 0);
      await client.query('drop trigger hold_removal on outbox');
      await client.end();
    },
  };
}

/** How many records stand in the outbox. */
export async function outboxRecords(databaseUrl: string): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query<{ count: number }>('select count(*)::int from outbox');
  await client.end();
  return rows[0]!.count;
}
