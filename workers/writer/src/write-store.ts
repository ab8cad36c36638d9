import type { Inbox } from './inbox.ts';
import type { Outbox } from './outbox/outbox.ts';
import type { Positions } from './positions.ts';

/** The tables that know no aggregate. Whoever stores an aggregate adds its own: see `product/products.ts`. */
export interface WriteSession {
  readonly positions: Positions;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
}

/**
 * The write model. What is called on the store itself commits by itself; a session of a transaction sees what is committed and
 * what it has written (READ COMMITTED), holds what it has locked or written until it ends, and waits for what others hold.
 *
 * Whatever rejects has the SQLSTATE of PostgreSQL in `code`, and where a constraint is broken its name in `constraint`: see
 * `isConflict` and `isRefusedData`.
 */
export type WriteStore<Session extends WriteSession = WriteSession> = Session & {
  /** Runs all of it or nothing. A rejection rolls back and is passed on. One of the commit itself leaves open which it was. */
  transaction<T>(run: (session: Session) => Promise<T>): Promise<T>;
};
