import type { Logger } from '@tributary/service';
import type { Db } from 'mongodb';
import {
  type AppliedRange,
  type Changes,
  type GenerationReads,
  type Generations,
  type ProductState,
  type ReadModel,
  ReadModelError,
} from '../read-model.ts';
import { beginBuild } from './build.ts';
import { type Connection, createConnection } from './connection.ts';
import { type Generation, openGeneration } from './generation.ts';
import { takeLease } from './lease.ts';
import type { Served } from './pointer.ts';
import * as pointer from './pointer.ts';
import { search } from './search.ts';

export interface MongoReadModelOptions {
  /** `mongodb://…` or `mongodb+srv://…` */
  url: string;
  /** The name of a database that is the read model's own. */
  database: string;
  logger: Logger;
  /** How long to look for a server that answers. Default: 1000. */
  serverSelectionTimeoutMs?: number;
  /** How long a server may take to answer. Default: 5000. */
  answerTimeoutMs?: number;
  /** UTC milliseconds; what the clocks of the processes differ by, a build's lease is shorter or longer. Default: the system's clock. */
  nowMs?: () => number;
}

/**
 * The read model in MongoDB, for any number of processes. It needs no server to begin with: until one answers, every call
 * rejects with `UNAVAILABLE`.
 */
export function createMongoReadModel(options: MongoReadModelOptions): ReadModel {
  const { serverSelectionTimeoutMs = 1_000, answerTimeoutMs = 5_000, nowMs = Date.now, logger } = options;
  const { url, database: databaseName } = options;
  const connection = createConnection({ url, database: databaseName, serverSelectionTimeoutMs, answerTimeoutMs });
  let last: Served | null = null;

  /**
   * Reads from the generation that serves. That it still does is looked up afterwards: a store that came back empty holds no
   * pointer, so what was found missing in it is not taken for an answer; and a generation that serves no more may be behind
   * the one that does.
   */
  function read<T>(from: (generation: Generation) => Promise<T>): Promise<T> {
    return connection.run(async (database) => {
      let served = last ?? built(await pointer.servedGeneration(database));
      for (;;) {
        const result = await from(openGeneration(database, served.generation));
        last = await pointer.servedGeneration(database);
        if (last?.generation === served.generation && last.switches === served.switches) return result;
        served = built(last);
      }
    });
  }

  async function apply(database: Db, changes: Changes, range?: AppliedRange): Promise<ProductState[]> {
    const { generation, switches, maintained } = built(await pointer.maintainedGenerations(database));
    for (const other of maintained.keys()) {
      if (other === generation) continue;
      await openGeneration(database, other).apply(changes);
      if (range) await pointer.advance(database, other, range);
    }
    last ??= { generation, switches };
    return openGeneration(database, generation).apply(changes);
  }

  async function savePositions(database: Db, positions: ReadonlyMap<number, bigint>): Promise<void> {
    let served = last ?? built(await pointer.servedGeneration(database));
    while (!(await pointer.savePositions(database, served.generation, positions)))
      served = last = built(await pointer.servedGeneration(database));
  }

  async function removeOutcomes(database: Db, olderThanMs: number, limit: number): Promise<number> {
    const { maintained } = built(await pointer.maintainedGenerations(database));
    let removed = 0;
    for (const generation of maintained.keys())
      removed = Math.max(removed, await openGeneration(database, generation).removeOutcomes(olderThanMs, limit));
    return removed;
  }

  async function generations(database: Db): Promise<Generations | null> {
    const found = await pointer.maintainedGenerations(database);
    if (found === null) return null;
    const { generation, switches, maintained, unproven, leaseExpiresAtMs } = found;
    const isLeased = leaseExpiresAtMs !== null && leaseExpiresAtMs > nowMs();
    return { serving: generation, switches: Number(switches), maintained, unproven, isLeased };
  }

  const leasing = { connection, nowMs, logger };
  return {
    apply: (changes, range) => connection.run((database) => apply(database, changes, range)),
    get: (ids) => read((generation) => generation.get(ids)),
    search: (request) => read(({ products }) => search(products, request)),
    outcome: (commandId) => read((generation) => generation.outcome(commandId)),
    positions: () =>
      connection.run(async (database) => {
        const found = await pointer.maintainedGenerations(database);
        return found?.maintained.get(found.generation) ?? null;
      }),
    savePositions: (positions) => connection.run((database) => savePositions(database, positions)),
    beginBuild: (leaseMs) => beginBuild(leasing, leaseMs),
    generations: () => connection.run(generations),
    generation: (name) => readsOf(connection, name),
    takeLease: (leaseMs) => takeLease(leasing, leaseMs),
    removeOutcomes: (olderThanMs, limit) => connection.run((database) => removeOutcomes(database, olderThanMs, limit)),
    ping: () => connection.run(async (database) => void (await database.command({ ping: 1 }))),
    close: () => connection.close(),
  };
}

function readsOf({ run }: Connection, name: string): GenerationReads {
  const reads = (database: Db) => openGeneration(database, name).reads;
  return {
    products: (afterId, limit) => run((database) => reads(database).products(afterId, limit)),
    outcomes: (afterId, limit) => run((database) => reads(database).outcomes(afterId, limit)),
    productsOf: (ids) => run((database) => reads(database).productsOf(ids)),
    outcomesOf: (commandIds) => run((database) => reads(database).outcomesOf(commandIds)),
    count: () => run((database) => reads(database).count()),
  };
}

function built<T>(found: T | null): T {
  if (found === null) throw new ReadModelError('NOT_BUILT', 'the read model is not built yet');
  return found;
}
