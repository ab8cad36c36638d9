import { DatabaseSync } from 'node:sqlite';
import {
  type Build,
  type ProductState,
  type ReadModel,
  ReadModelError,
  type SearchPage,
  type SearchRequest,
} from '../read-model.ts';
import { answering } from './errors.ts';
import { dropGeneration, type Generation, generationsIn, openGeneration } from './generation.ts';
import { createSearch } from './search.ts';

export interface SqliteReadModelOptions {
  /** Made when missing; what it holds can be built again from the write side. */
  file: string;
  /** UTC milliseconds. Default: the system's clock. */
  nowMs?: () => number;
}

/** Raised when the tables change: a file of another layout is built anew. */
const LAYOUT = 1;

/** The read model in one SQLite file, for one process. */
export function createSqliteReadModel({ file, nowMs = Date.now }: SqliteReadModelOptions): ReadModel {
  const database = new DatabaseSync(file);
  // A crash of the machine may cost the last commits, positions included: then they are applied again.
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
  database.exec('CREATE TABLE IF NOT EXISTS serving (layout INTEGER NOT NULL, generation INTEGER NOT NULL) STRICT');
  let serving = openServing(database);
  let lease: { generation: Generation; expiresAtMs: number } | null = null;

  function current(): Serving {
    if (!serving) throw new ReadModelError('NOT_BUILT', 'the read model is not built yet');
    return serving;
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

  function publish(built: Generation, positions: ReadonlyMap<number, bigint>): void {
    transaction(() => {
      built.savePositions(positions);
      database.exec('DELETE FROM serving');
      database.prepare('INSERT INTO serving (layout, generation) VALUES (?, ?)').run(LAYOUT, built.number);
    });
    serving = serve(built);
    lease = null;
  }

  function createBuild(built: Generation, leaseMs: number): Build {
    const held = () => {
      if (lease?.generation !== built) throw new ReadModelError('BUILD_LOST', 'another build has begun');
      lease.expiresAtMs = nowMs() + leaseMs;
    };
    return {
      add: (changes) =>
        answering(() => {
          held();
          transaction(() => built.apply(changes));
        }),
      publish: (positions) =>
        answering(() => {
          held();
          publish(built, positions);
        }),
      abandon: () =>
        answering(() => {
          if (lease?.generation !== built) return;
          dropGeneration(database, built.number);
          lease = null;
        }),
    };
  }

  function beginBuild(leaseMs: number): Build | null {
    if (serving || (lease && lease.expiresAtMs > nowMs())) return null;
    if (lease) dropGeneration(database, lease.generation.number);
    const generation = openGeneration(database, nextGeneration(database));
    lease = { generation, expiresAtMs: nowMs() + leaseMs };
    return createBuild(generation, leaseMs);
  }

  function get(ids: readonly string[]): ReadonlyMap<string, ProductState> {
    const { get } = current().generation;
    const states = new Map<string, ProductState>();
    for (const id of ids) {
      const state = get(id);
      if (state) states.set(id, state);
    }
    return states;
  }

  return {
    apply: (changes) => answering(() => transaction(() => current().generation.apply(changes))),
    get: (ids) => answering(() => get(ids)),
    search: (request) => answering(() => current().search(request)),
    outcome: (commandId) => answering(() => current().generation.outcome(commandId)),
    positions: () => answering(() => serving?.generation.positions() ?? null),
    savePositions: (positions) => answering(() => transaction(() => current().generation.savePositions(positions))),
    beginBuild: (leaseMs) => answering(() => beginBuild(leaseMs)),
    removeOutcomes: (olderThanMs, limit) => answering(() => current().generation.removeOutcomes(olderThanMs, limit)),
    ping: () => answering(() => void database.prepare('SELECT 1').get()),
    async close() {
      if (database.isOpen) database.close();
    },
  };
}

interface Serving {
  generation: Generation;
  search: (request: SearchRequest) => SearchPage;
}

function serve(generation: Generation): Serving {
  return { generation, search: createSearch(generation) };
}

/** The generation that serves, or null where there is none of this layout; whatever else lies in the file is dropped. */
function openServing(database: DatabaseSync): Serving | null {
  const row = database.prepare('SELECT layout, generation FROM serving').get();
  const kept = row?.layout === LAYOUT ? Number(row.generation) : null;
  for (const number of generationsIn(database)) if (number !== kept) dropGeneration(database, number);
  if (kept === null) database.exec('DELETE FROM serving');
  return kept === null ? null : serve(openGeneration(database, kept));
}

function nextGeneration(database: DatabaseSync): number {
  return Math.max(0, ...generationsIn(database)) + 1;
}
