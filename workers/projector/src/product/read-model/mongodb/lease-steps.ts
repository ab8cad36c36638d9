import type { Db } from 'mongodb';
import { at, change, insertPointer, recordOf } from './pointer.ts';

/** The steps in which the generations change. Only who holds the lease makes them: each looks whether that is still so. */

/**
 * Takes the lease, unless another process holds it, or what `of` wants built is not, or the other way round; tells whether.
 * @param generation the one to be filled
 */
export async function takeLease(
  database: Db,
  lease: { holder: string; generation: string | null; expiresAtMs: number },
  { nowMs, isBuilt }: { nowMs: number; isBuilt: boolean },
): Promise<boolean> {
  if (!isBuilt) await insertPointer(database);
  const free = { $or: [{ build: null }, { 'build.expiresAtMs': { $lte: BigInt(nowMs) } }] };
  const build = { ...lease, expiresAtMs: BigInt(lease.expiresAtMs) };
  return change(database, { serving: isBuilt ? { $ne: null } : null, ...free }, { $set: { build } });
}

/**
 * Renews the lease if it is still held; tells whether.
 * @param maintained a generation that must be maintained, else it is not renewed
 */
export function renewLease(database: Db, holder: string, expiresAtMs: number, maintained?: string): Promise<boolean> {
  const wanted = maintained === undefined ? {} : isMaintained(maintained);
  return change(database, { ...heldBy(holder), ...wanted }, { $set: { 'build.expiresAtMs': BigInt(expiresAtMs) } });
}

/** Names the generation that the holder of the lease fills; tells whether it is still held. */
export function beginGeneration(database: Db, holder: string, generation: string): Promise<boolean> {
  return change(database, heldBy(holder), { $set: { 'build.generation': generation } });
}

/** Makes the generation that was filled a maintained one; tells whether the lease is still held. */
export function maintainGeneration(
  database: Db,
  holder: string,
  generation: string,
  positions: ReadonlyMap<number, bigint>,
): Promise<boolean> {
  return change(
    database,
    { ...heldBy(holder), 'build.generation': generation },
    {
      $set: {
        [`maintained.${generation}`]: { positions: recordOf(positions), hasServed: false },
        'build.generation': null,
      },
    },
  );
}

/** Makes the generation that was filled the first one to serve, and ends the lease; tells whether it was still held. */
export function publishGeneration(
  database: Db,
  holder: string,
  generation: string,
  positions: ReadonlyMap<number, bigint>,
): Promise<boolean> {
  const maintained = { [generation]: { positions: recordOf(positions), hasServed: true } };
  return change(
    database,
    { serving: null, ...heldBy(holder) },
    { $set: { serving: generation, maintained, build: null } },
  );
}

/** Has a maintained generation serve if it has reached the positions and the lease is held; tells whether. */
export function serveGeneration(
  database: Db,
  holder: string,
  generation: string,
  atLeast: ReadonlyMap<number, bigint>,
): Promise<boolean> {
  const reached = [...atLeast].map(([partition, offset]) => [at(generation, partition), { $gte: offset }]);
  return change(
    database,
    { ...heldBy(holder), ...isMaintained(generation), ...Object.fromEntries(reached) },
    { $set: { serving: generation, [`maintained.${generation}.hasServed`]: true }, $inc: { switches: 1n } },
  );
}

/** Takes a generation that does not serve from the document; tells whether that is so and the lease is held. */
export function forgetGeneration(database: Db, holder: string, generation: string): Promise<boolean> {
  return change(
    database,
    { ...heldBy(holder), serving: { $ne: generation } },
    { $unset: { [`maintained.${generation}`]: '' }, $set: { 'build.generation': null } },
  );
}

/** Gives the lease up if it is still held; tells whether. */
export function endLease(database: Db, holder: string): Promise<boolean> {
  return change(database, heldBy(holder), { $set: { build: null } });
}

const heldBy = (holder: string) => ({ 'build.holder': holder });
const isMaintained = (generation: string) => ({ [`maintained.${generation}`]: { $exists: true } });
