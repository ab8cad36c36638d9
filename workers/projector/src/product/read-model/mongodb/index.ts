import { randomBytes } from 'node:crypto';
import type { Logger } from '@tributary/service';
import type { Db } from 'mongodb';
import { type Build, type ReadModel, ReadModelError } from '../read-model.ts';
import { createConnection } from './connection.ts';
import { dropUnused, type Generation, openGeneration } from './generation.ts';
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
  let lastServing: string | null = null;

  /**
   * Reads from the generation that serves. That it still does is looked up afterwards: a store that came back empty holds no
   * pointer, so what was found missing in it is not taken for an answer.
   */
  function read<T>(from: (generation: Generation) => Promise<T>): Promise<T> {
    return connection.run(async (database) => {
      let serving = lastServing ?? built(await pointer.servingGeneration(database));
      for (;;) {
        const result = await from(openGeneration(database, serving));
        lastServing = await pointer.servingGeneration(database);
        if (lastServing === serving) return result;
        serving = built(lastServing);
      }
    });
  }

  function createBuild(generation: string, leaseMs: number): Build {
    const held = (is: boolean) => {
      if (!is) throw new ReadModelError('BUILD_LOST', 'the lease of this build is over');
    };
    return {
      add: (changes) =>
        connection.run(async (database) => {
          held(await pointer.renewLease(database, generation, nowMs(), leaseMs));
          await openGeneration(database, generation).apply(changes);
        }),
      publish: (positions) =>
        connection.run(async (database) => {
          held(await pointer.publishGeneration(database, generation, positions));
          logger.info({ generation }, 'the read model is built');
          await dropLeftovers(database);
        }),
      abandon: () =>
        connection.run(async (database) => {
          if (await pointer.endLease(database, generation)) await dropLeftovers(database);
        }),
    };
  }

  async function dropLeftovers(database: Db): Promise<void> {
    try {
      await dropUnused(database, () => pointer.generationsInUse(database));
    } catch (error) {
      logger.warn({ err: error }, 'generations of the read model that nobody uses are still there');
    }
  }

  return {
    apply: (changes) =>
      connection.run(async (database) => {
        const serving = built(await pointer.servingGeneration(database));
        return openGeneration(database, serving).apply(changes);
      }),
    get: (ids) => read((generation) => generation.get(ids)),
    search: (request) => read(({ products }) => search(products, request)),
    outcome: (commandId) => read((generation) => generation.outcome(commandId)),
    positions: () => connection.run(pointer.readPositions),
    savePositions: (positions) =>
      connection.run(async (database) => {
        if (!(await pointer.savePositions(database, positions))) throw notBuilt();
      }),
    beginBuild: (leaseMs) =>
      connection.run(async (database) => {
        const generation = randomBytes(6).toString('hex');
        if (!(await pointer.takeLease(database, generation, nowMs(), leaseMs))) return null;
        await openGeneration(database, generation).create();
        return createBuild(generation, leaseMs);
      }),
    removeOutcomes: (olderThanMs, limit) => read((generation) => generation.removeOutcomes(olderThanMs, limit)),
    ping: () => connection.run(async (database) => void (await database.command({ ping: 1 }))),
    close: () => connection.close(),
  };
}

function built(serving: string | null): string {
  if (serving === null) throw notBuilt();
  return serving;
}

function notBuilt(): ReadModelError {
  return new ReadModelError('NOT_BUILT', 'the read model is not built yet');
}
