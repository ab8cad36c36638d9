import type { DatabaseSync } from 'node:sqlite';
import { type Build, type GenerationsLease, ReadModelError, type ReadModelErrorCode } from '../read-model.ts';
import { answering } from './errors.ts';
import { dropGeneration, type Generation, generationsIn, openGeneration } from './generation.ts';
import { type Pointer, pointerTo } from './pointer.ts';

export interface LeasingOptions {
  database: DatabaseSync;
  /** The generations as they stand; null when the read model has not been built. */
  pointer(): Pointer | null;
  /** Runs what changes the tables in a transaction with what the pointer then says. */
  change(next: Pointer, run?: () => void): void;
  transaction(run: () => void): void;
  /** UTC milliseconds. */
  nowMs: () => number;
}

/** Gives the right to build and to change generations to one caller at a time. */
export interface Leasing {
  beginBuild(leaseMs: number): Build | null;
  takeLease(leaseMs: number): GenerationsLease | null;
  isHeld(): boolean;
}

interface Lease {
  /** The generation that is being filled. */
  filling: Generation | null;
  expiresAtMs: number;
}

export function createLeasing({ database, pointer, change, transaction, nowMs }: LeasingOptions): Leasing {
  let lease: Lease | null = null;
  /** No number is used twice: who lost the right must not find another's generation under the name of its own. */
  let newest = 0;

  function dropFilling(held: Lease): void {
    if (held.filling) dropGeneration(database, held.filling.number);
    held.filling = null;
  }

  function take(leaseMs: number): Lease | null {
    if (lease && lease.expiresAtMs > nowMs()) return null;
    if (lease) dropFilling(lease);
    lease = { filling: null, expiresAtMs: nowMs() + leaseMs };
    return lease;
  }

  function end(held: Lease): void {
    if (lease !== held) return;
    dropFilling(held);
    lease = null;
  }

  function create(held: Lease): Generation {
    newest = Math.max(newest, ...generationsIn(database)) + 1;
    held.filling = openGeneration(database, newest);
    return held.filling;
  }

  /** Runs a step of who holds the lease, and renews it. */
  function holding<T>(held: Lease, leaseMs: number, lost: ReadModelErrorCode, run: () => T): Promise<T> {
    return answering(() => {
      if (lease !== held) throw new ReadModelError(lost, 'another holds the right to change the generations');
      held.expiresAtMs = nowMs() + leaseMs;
      return run();
    });
  }

  function beginBuild(leaseMs: number): Build | null {
    const held = pointer() ? null : take(leaseMs);
    if (!held) return null;
    const built = create(held);
    const step = (run: () => void) => holding(held, leaseMs, 'BUILD_LOST', run);
    return {
      add: (changes) => step(() => transaction(() => built.apply(changes))),
      publish: (positions) =>
        step(() => {
          change(pointerTo(built, [built], 0), () => {
            built.index();
            built.savePositions(positions);
          });
          lease = null;
        }),
      abandon: () => answering(() => end(held)),
    };
  }

  function takeLease(leaseMs: number): GenerationsLease | null {
    current();
    const held = take(leaseMs);
    if (!held) return null;
    const step = <T>(run: () => T) => holding(held, leaseMs, 'LEASE_LOST', run);
    return {
      renew: () => step(() => {}),
      create: () =>
        step(() => {
          dropFilling(held);
          return String(create(held).number);
        }),
      fill: (name, changes) =>
        step(() => {
          const filling = fillingOf(held, name);
          transaction(() => filling.apply(changes));
        }),
      maintain: (name, positions) =>
        step(() => {
          const filling = fillingOf(held, name);
          const { serving, maintained, switches, unproven } = current();
          change(pointerTo(serving, [...maintained, filling], switches, [...unproven, filling]), () => {
            filling.index();
            filling.savePositions(positions);
          });
          held.filling = null;
        }),
      apply: (name, changes, range) =>
        step(() => {
          const generation = maintainedOf(name);
          transaction(() => {
            generation.apply(changes);
            generation.advance(range);
          });
        }),
      serve: (name, atLeast) =>
        step(() => {
          const generation = maintainedOf(name);
          const positions = generation.positions();
          for (const [partition, offset] of atLeast)
            if ((positions.get(partition) ?? -1n) < offset)
              throw new ReadModelError('GENERATION_BEHIND', `generation ${name} has not reached these positions`);
          const { maintained, switches, unproven } = current();
          change(pointerTo(generation, maintained, switches + 1, unproven));
        }),
      drop: (name) =>
        step(() => {
          const { serving, maintained, switches, unproven } = current();
          if (String(serving.number) === name)
            throw new ReadModelError('GENERATION_SERVES', `generation ${name} serves`);
          if (held.filling && String(held.filling.number) === name) return dropFilling(held);
          const dropped = maintained.find(({ number }) => String(number) === name);
          if (!dropped) return;
          const rest = maintained.filter((one) => one !== dropped);
          change(pointerTo(serving, rest, switches, unproven), () => dropGeneration(database, dropped.number));
        }),
      release: () => answering(() => end(held)),
    };
  }

  function current(): Pointer {
    const found = pointer();
    if (!found) throw new ReadModelError('NOT_BUILT', 'the read model is not built yet');
    return found;
  }

  function maintainedOf(name: string): Generation {
    const found = current().maintained.find(({ number }) => String(number) === name);
    if (!found) throw new ReadModelError('NOT_MAINTAINED', `generation ${name} is not maintained`);
    return found;
  }

  return { beginBuild, takeLease, isHeld: () => lease !== null && lease.expiresAtMs > nowMs() };
}

function fillingOf({ filling }: Lease, name: string): Generation {
  if (!filling || String(filling.number) !== name)
    throw new ReadModelError('LEASE_LOST', `generation ${name} is not being filled`);
  return filling;
}
