import type { ProductWriteStore } from '../../../../workers/writer/src/product/products.ts';
import { type Calls, calm } from '../calls.ts';
import { createLocks, type Holder } from './locks.ts';
import { createSession } from './session.ts';
import type { SessionOptions, Statement } from './statement.ts';
import { commit, emptyTables, noWrites, type Tables, type Writes } from './tables.ts';

/** PostgreSQL as far as the writer uses it, in memory: row locks, unique constraints, READ COMMITTED. */
export interface MemoryWriteStore {
  /** What is committed, for those who check it. */
  readonly tables: Tables;
  connect(calls?: Calls): WriteConnection;
}

/** How a store may be broken on purpose: what a simulation must find out. */
export interface WriteStoreFaults {
  keysAreUnique?: boolean;
  /** Nobody waits for what others hold. */
  rowsAreLocked?: boolean;
}

export interface WriteConnection {
  readonly store: ProductWriteStore;
  /** Ends its transactions, as the server does with sessions that are gone, or idle for too long. */
  abort(): void;
}

interface Transaction extends Holder {
  writes: Writes;
  isAborted: boolean;
}

/** What the server answers when something goes wrong: that the transaction must run again, or that it is away. */
const CODES = ['40001', '40P01', 'ECONNRESET', '57P01'] as const;

export function createMemoryWriteStore({
  keysAreUnique = true,
  rowsAreLocked = true,
}: WriteStoreFaults = {}): MemoryWriteStore {
  const tables = emptyTables();
  const locks = createLocks();
  let lastId = 0n;
  let failures = 0;

  function failure(what: string): Error {
    failures += 1;
    return Object.assign(new Error(`${what} failed`), { code: CODES[failures % CODES.length] });
  }

  function connect({ turn, mishap }: Calls = calm): WriteConnection {
    const open = new Set<Transaction>();

    function begin(): Transaction {
      const transaction = { held: new Set<string>(), waitsFor: null, writes: noWrites(), isAborted: false };
      open.add(transaction);
      return transaction;
    }

    function end(transaction: Transaction): void {
      open.delete(transaction);
      locks.release(transaction);
    }

    function assertOpen({ isAborted }: Transaction): void {
      if (isAborted) throw ended();
    }

    async function execute<T>(
      transaction: Transaction,
      what: string,
      statement: (statement: Statement) => Promise<T> | T,
    ): Promise<T> {
      await turn(what);
      assertOpen(transaction);
      if (mishap(what) !== null) throw failure(what);
      return statement({ holder: transaction, tables, writes: transaction.writes });
    }

    function sessionOf(run: SessionOptions['run']) {
      return createSession({
        run,
        nextId: () => ++lastId,
        keysAreUnique,
        async lock({ holder }, name) {
          if (!rowsAreLocked) return;
          const hasWaited = await locks.acquire(holder, name).catch(async (error) => {
            await turn(`end the wait for ${name}`);
            throw error;
          });
          if (!hasWaited) return;
          await turn(`go on with ${name}`);
          assertOpen(holder as Transaction);
        },
      });
    }

    /** A statement by itself is a transaction of its own. */
    async function alone<T>(what: string, statement: (statement: Statement) => Promise<T> | T): Promise<T> {
      const transaction = begin();
      try {
        const result = await execute(transaction, what, statement);
        commit(tables, transaction.writes);
        return result;
      } finally {
        end(transaction);
      }
    }

    async function finish(transaction: Transaction): Promise<void> {
      await turn('commit');
      assertOpen(transaction);
      const fate = mishap('commit');
      if (fate === 'fails') throw failure('commit');
      commit(tables, transaction.writes);
      end(transaction);
      if (fate === 'answer lost') throw Object.assign(new Error('the connection broke'), { code: 'ECONNRESET' });
    }

    async function rollBack(transaction: Transaction): Promise<void> {
      if (!open.has(transaction)) return;
      await turn('roll back');
      end(transaction);
    }

    return {
      store: {
        ...sessionOf(alone),
        async transaction(run) {
          const transaction = begin();
          try {
            const result = await run(sessionOf((what, statement) => execute(transaction, what, statement)));
            await finish(transaction);
            return result;
          } catch (error) {
            await rollBack(transaction);
            throw error;
          }
        },
      },
      abort() {
        for (const transaction of open) {
          transaction.isAborted = true;
          end(transaction);
        }
      },
    };
  }

  return { tables, connect };
}

function ended(): Error {
  return Object.assign(new Error('the session was ended'), { code: '57P01' });
}
