import { randomBytes } from 'node:crypto';
import type { Logger } from '@tributary/service';
import type { Db } from 'mongodb';
import { type GenerationsLease, ReadModelError } from '../read-model.ts';
import type { Connection } from './connection.ts';
import { dropUnused, openGeneration } from './generation.ts';
import * as steps from './lease-steps.ts';
import * as pointer from './pointer.ts';

export interface Leasing {
  connection: Connection;
  nowMs: () => number;
  logger: Logger;
}

/** A name that was never used before: late writes to a lost generation must not get into another. */
export const newName = () => randomBytes(6).toString('hex');

/** Takes the right to change the generations, unless another process has it. */
export async function takeLease(leasing: Leasing, leaseMs: number): Promise<GenerationsLease | null> {
  const { connection, nowMs, logger } = leasing;
  const holder = newName();
  const taken = await connection.run(async (database) => {
    const lease = { holder, generation: null, expiresAtMs: nowMs() + leaseMs };
    if (await steps.takeLease(database, lease, { nowMs: nowMs(), isBuilt: true })) return true;
    if ((await pointer.servedGeneration(database)) === null)
      throw new ReadModelError('NOT_BUILT', 'the read model is not built yet');
    return false;
  });
  if (!taken) return null;

  const renew = async (database: Db) => held(await steps.renewLease(database, holder, nowMs() + leaseMs));

  return {
    renew: () => connection.run(renew),
    create: () =>
      connection.run(async (database) => {
        const generation = newName();
        held(await steps.beginGeneration(database, holder, generation));
        await openGeneration(database, generation).create();
        return generation;
      }),
    fill: (generation, changes) =>
      connection.run(async (database) => {
        await renew(database);
        await openGeneration(database, generation).apply(changes);
      }),
    maintain: (generation, positions) =>
      connection.run(async (database) => held(await steps.maintainGeneration(database, holder, generation, positions))),
    apply: (generation, changes, range) =>
      connection.run(async (database) => {
        if (!(await steps.renewLease(database, holder, nowMs() + leaseMs, generation))) {
          await renew(database);
          throw await refusal(database, generation);
        }
        await openGeneration(database, generation).apply(changes);
        await pointer.advance(database, generation, range);
      }),
    serve: (generation, atLeast) =>
      connection.run(async (database) => {
        if (await steps.serveGeneration(database, holder, generation, atLeast)) return;
        await renew(database);
        throw await refusal(database, generation);
      }),
    drop: (generation) =>
      connection.run(async (database) => {
        if (!(await steps.forgetGeneration(database, holder, generation))) {
          await renew(database);
          throw new ReadModelError('GENERATION_SERVES', `generation ${generation} serves`);
        }
        await dropLeftovers(database, logger);
      }),
    release: () =>
      connection.run(async (database) => {
        if (await steps.endLease(database, holder)) await dropLeftovers(database, logger);
      }),
  };
}

export async function dropLeftovers(database: Db, logger: Logger): Promise<void> {
  try {
    await dropUnused(database, () => pointer.generationsInUse(database));
  } catch (error) {
    logger.warn({ err: error }, 'generations of the read model that nobody uses are still there');
  }
}

/** Why a generation may not serve. */
async function refusal(database: Db, generation: string): Promise<ReadModelError> {
  const found = await pointer.maintainedGenerations(database);
  return found?.maintained.has(generation)
    ? new ReadModelError('GENERATION_BEHIND', `generation ${generation} has not reached these positions`)
    : new ReadModelError('NOT_MAINTAINED', `generation ${generation} is not maintained`);
}

function held(is: boolean): void {
  if (!is) throw new ReadModelError('LEASE_LOST', 'the right to change the generations is over');
}
