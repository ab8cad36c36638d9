import { migrate } from '@tributary/drizzle/migrate.ts';
import { type Logger, untilUp } from '@tributary/service';
import { drizzle } from 'drizzle-orm/node-postgres';
import { PgDialect } from 'drizzle-orm/pg-core';
import pg, { type PoolClient } from 'pg';
import type { Database, Session } from './database.ts';

export interface PostgresOptions {
  /** postgres://user:password@host:port/database */
  url: string;
  /** Connections at most. Default 10. */
  maxConnections?: number;
  logger: Logger;
  /** Gives up the start when aborted. */
  signal: AbortSignal;
}

/**
 * A writer that is frozen in the middle of a transaction holds the locks of its products: the server ends its session
 * after this time. Longer than a relay waits for an acknowledgement.
 */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
const LOCK_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 10_000;
/** For a server that does not even answer that it is late. */
const ANSWER_TIMEOUT_MS = 15_000;
const CONNECT_TIMEOUT_MS = 3_000;
/** A reader of a snapshot may pause this long between two pages. */
const SNAPSHOT_IDLE_TIMEOUT_MS = 60_000;

const dialect = new PgDialect();

/** Waits for PostgreSQL, migrates its tables and answers the database. */
export async function openPostgres({ url, maxConnections = 10, logger, signal }: PostgresOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: maxConnections,
    application_name: 'tributary-writer',
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: ANSWER_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    lock_timeout: LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    types: { getTypeParser },
  });
  // While a connection is in use the pool does not listen to it: unheard, the end of a session would end the process. The
  // queries on it fail by themselves.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection to PostgreSQL broke'));
  try {
    await untilUp('postgres', () => migrate(drizzle(pool)), { logger, signal });
  } catch (error) {
    await pool.end();
    throw error;
  }

  return {
    ...sessionOf(pool),
    async transaction(run) {
      const client = await pool.connect();
      return inTransaction(client, 'begin', () => run(sessionOf(client)));
    },
    async *snapshot(read) {
      const client = await pool.connect();
      let isBroken = true;
      try {
        await client.query('begin isolation level repeatable read read only');
        await client.query(`set local idle_in_transaction_session_timeout = ${SNAPSHOT_IDLE_TIMEOUT_MS}`);
        yield* read(sessionOf(client));
        await client.query('commit');
        isBroken = false;
      } finally {
        client.release(isBroken);
      }
    },
    close: () => pool.end(),
  };
}

/** Releases the client; destroys it unless the server has confirmed that no transaction is open. */
async function inTransaction<T>(client: PoolClient, begin: string, run: () => Promise<T>): Promise<T> {
  let isBroken = true;
  try {
    await client.query(begin);
    const result = await run();
    await client.query('commit');
    isBroken = false;
    return result;
  } catch (error) {
    isBroken = !(await client.query('rollback').then(
      () => true,
      () => false,
    ));
    throw error;
  } finally {
    client.release(isBroken);
  }
}

function sessionOf(client: Pick<PoolClient, 'query'>): Session {
  return {
    async rows<Row>(statement: Parameters<Session['rows']>[0]) {
      const { sql, params } = dialect.sqlToQuery(statement);
      const { rows } = await client.query(sql, params);
      return rows as Row[];
    },
  };
}

const getTypeParser: typeof pg.types.getTypeParser = ((oid: number, format: 'text' | 'binary') =>
  oid === pg.types.builtins.INT8 ? BigInt : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser;
