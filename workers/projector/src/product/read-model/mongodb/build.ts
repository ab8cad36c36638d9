import { type Build, ReadModelError } from '../read-model.ts';
import { openGeneration } from './generation.ts';
import { dropLeftovers, type Leasing, newName } from './lease.ts';
import * as steps from './lease-steps.ts';

/** Begins to fill the first generation, unless there is one or another process is at it. */
export async function beginBuild(leasing: Leasing, leaseMs: number): Promise<Build | null> {
  const { connection, nowMs, logger } = leasing;
  const name = newName();
  const begun = await connection.run(async (database) => {
    const lease = { holder: name, generation: name, expiresAtMs: nowMs() + leaseMs };
    if (!(await steps.takeLease(database, lease, { nowMs: nowMs(), isBuilt: false }))) return false;
    await openGeneration(database, name).create();
    return true;
  });
  if (!begun) return null;
  return {
    add: (changes) =>
      connection.run(async (database) => {
        held(await steps.renewLease(database, name, nowMs() + leaseMs));
        await openGeneration(database, name).apply(changes);
      }),
    publish: (positions) =>
      connection.run(async (database) => {
        held(await steps.publishGeneration(database, name, name, positions));
        logger.info({ generation: name }, 'the read model is built');
        await dropLeftovers(database, logger);
      }),
    abandon: () =>
      connection.run(async (database) => {
        if (await steps.endLease(database, name)) await dropLeftovers(database, logger);
      }),
  };
}

function held(is: boolean): void {
  if (!is) throw new ReadModelError('BUILD_LOST', 'the lease of this build is over');
}
