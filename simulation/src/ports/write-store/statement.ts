import type { Holder } from './locks.ts';
import type { Tables, Writes } from './tables.ts';

/** One statement: what it may read and lock, and where it writes to. */
export interface Statement {
  readonly holder: Holder;
  readonly tables: Tables;
  readonly writes: Writes;
}

export interface SessionOptions {
  /** Runs a statement when its turn has come. */
  run<T>(what: string, statement: (statement: Statement) => Promise<T> | T): Promise<T>;
  /** Waits for a lock, and then for another turn. */
  lock(statement: Statement, name: string): Promise<void>;
  nextId(): bigint;
  /** False only where a simulation must find out that they are not. */
  keysAreUnique: boolean;
}
