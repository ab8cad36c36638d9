import type { Database, Session } from '../database/database.ts';
import { sqlInbox } from '../database/inbox.ts';
import { sqlOutbox } from '../database/outbox.ts';
import { sqlPositions } from '../database/positions.ts';
import type { ProductSession, ProductWriteStore } from './products.ts';
import { sqlProducts } from './sql-products.ts';

/** The write model of products in PostgreSQL or PGlite. */
export function createSqlWriteStore(database: Database): ProductWriteStore {
  return {
    ...sqlSession(database),
    transaction: (run) => database.transaction((session) => run(sqlSession(session))),
  };
}

export function sqlSession(session: Session): ProductSession {
  return {
    positions: sqlPositions(session),
    inbox: sqlInbox(session),
    outbox: sqlOutbox(session),
    products: sqlProducts(session),
  };
}
