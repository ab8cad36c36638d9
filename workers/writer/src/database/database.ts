import type { SQL } from 'drizzle-orm';

/** Runs statements, one after another. int8 comes back as bigint, numeric as a string, bytea as bytes. */
export interface Session {
  /** The rows that a statement returns. Rejects with the server's error, which has its SQLSTATE in `code`. */
  rows<Row>(statement: SQL): Promise<Row[]>;
}

/** The write model's database: PostgreSQL, or PGlite with the same tables and statements. Its tables are migrated. */
export interface Database extends Session {
  /** Runs all of it or nothing (READ COMMITTED). A rejection rolls back and is passed on. */
  transaction<T>(run: (session: Session) => Promise<T>): Promise<T>;
  /**
   * Reads at the reader's pace, every statement as of one moment. PGlite has one session for everyone, which a slow
   * reader must not hold: there each statement sees its own moment.
   */
  snapshot<T>(read: (session: Session) => AsyncIterable<T>): AsyncIterable<T>;
  close(): Promise<void>;
}
