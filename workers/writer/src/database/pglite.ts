import { PGlite, type Transaction, types } from '@electric-sql/pglite';
import { migrate } from '@tributary/drizzle/migrate.ts';
import { PgDialect } from 'drizzle-orm/pg-core';
import { drizzle } from 'drizzle-orm/pglite';
import type { Database, Session } from './database.ts';

export interface PgliteOptions {
  /** Where the data lies; made when missing. In memory when absent. */
  folder?: string;
}

const dialect = new PgDialect();

/** PostgreSQL inside this process. One process at a time may have the folder: whoever composes the stack sees to that. */
export async function openPglite({ folder }: PgliteOptions = {}): Promise<Database> {
  const client = await PGlite.create({
    ...(folder !== undefined && { dataDir: folder }),
    parsers: { [types.INT8]: BigInt },
  });
  await migrate(drizzle(client));
  const session = sessionOf(client);
  return {
    ...session,
    transaction: (run) => client.transaction((transaction) => run(sessionOf(transaction))),
    snapshot: (read) => read(session),
    close: () => client.close(),
  };
}

function sessionOf(client: Pick<Transaction, 'query'>): Session {
  return {
    async rows<Row>(statement: Parameters<Session['rows']>[0]) {
      const { sql, params } = dialect.sqlToQuery(statement);
      const { rows } = await client.query<Row>(sql, params);
      return rows;
    },
  };
}
