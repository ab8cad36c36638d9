import { DatabaseSync } from 'node:sqlite';
import {
  type AppliedRange,
  type Changes,
  type GenerationReads,
  type Generations,
  type ProductState,
  type ReadModel,
  ReadModelError,
} from '../read-model.ts';
import { answering } from './errors.ts';
import type { Generation } from './generation.ts';
import { createLeasing } from './lease.ts';
import { openPointer, type Pointer, storePointer } from './pointer.ts';

export interface SqliteReadModelOptions {
  /** Made when missing; what it holds can be built again from the write side. */
  file: string;
  /** UTC milliseconds. Default: the system's clock. */
  nowMs?: () => number;
}

/** The read model in one SQLite file, for one process. */
export function createSqliteReadModel({ file, nowMs = Date.now }: SqliteReadModelOptions): ReadModel {
  const database = new DatabaseSync(file);
  // A crash of the machine may cost the last commits, positions included: then they are applied again.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  let pointer = openPointer(database);

  function current(): Pointer {
    if (!pointer) throw new ReadModelError('NOT_BUILT', 'the read model is not built yet');
    return pointer;
  }

  function transaction<T>(run: () => T): T {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = run();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk may have rolled it back already.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  }

  function change(next: Pointer, run: () => void = () => {}): void {
    transaction(() => {
      run();
      storePointer(database, next);
    });
    pointer = next;
  }
  const leasing = createLeasing({ database, pointer: () => pointer, change, transaction, nowMs });

  function apply(changes: Changes, range: AppliedRange | undefined): ProductState[] {
    const { serving, maintained } = current();
    return transaction(() => {
      for (const other of maintained) {
        if (other === serving) continue;
        other.apply(changes);
        if (range) other.advance(range);
      }
      return serving.apply(changes);
    });
  }

  function generations(): Generations | null {
    if (!pointer) return null;
    const { serving, switches, maintained, unproven } = pointer;
    const positions = maintained.map((one) => [String(one.number), one.positions()] as const);
    return {
      serving: String(serving.number),
      switches,
      maintained: new Map(positions),
      unproven: new Set([...unproven].map((one) => String(one.number))),
      isLeased: leasing.isHeld(),
    };
  }

  function generation(name: string): Generation {
    const found = current().maintained.find(({ number }) => String(number) === name);
    if (!found) throw new ReadModelError('NOT_MAINTAINED', `generation ${name} is not maintained`);
    return found;
  }

  return {
    apply: (changes, range) => answering(() => apply(changes, range)),
    get: (ids) => answering(() => found(ids, current().serving.get)),
    search: (request) => answering(() => current().search(request)),
    outcome: (commandId) => answering(() => current().serving.outcome(commandId)),
    positions: () => answering(() => pointer?.serving.positions() ?? null),
    savePositions: (positions) => answering(() => transaction(() => current().serving.savePositions(positions))),
    beginBuild: (leaseMs) => answering(() => leasing.beginBuild(leaseMs)),
    generations: () => answering(generations),
    generation: (name) => readsOf(() => generation(name)),
    takeLease: (leaseMs) => answering(() => leasing.takeLease(leaseMs)),
    removeOutcomes: (olderThanMs, limit) =>
      answering(() => Math.max(...current().maintained.map((one) => one.removeOutcomes(olderThanMs, limit)))),
    ping: () => answering(() => void database.prepare('SELECT 1').get()),
    async close() {
      if (database.isOpen) database.close();
    },
  };
}

function readsOf(generation: () => Generation): GenerationReads {
  return {
    products: (afterId, limit) => answering(() => generation().products(afterId ?? '', limit)),
    outcomes: (afterId, limit) => answering(() => generation().outcomes(afterId ?? '', limit)),
    productsOf: (ids) => answering(() => found(ids, generation().get)),
    outcomesOf: (commandIds) => answering(() => found(commandIds, generation().decided)),
    count: () => answering(() => generation().count()),
  };
}

function found<T>(ids: readonly string[], find: (id: string) => T | null): Map<string, T> {
  return new Map(
    ids.flatMap((id) => {
      const one = find(id);
      return one === null ? [] : [[id, one]];
    }),
  );
}
