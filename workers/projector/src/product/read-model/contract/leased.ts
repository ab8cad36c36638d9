import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { AppliedRange, Changes, GenerationsLease, ReadModel } from '../read-model.ts';
import { builtStore, type StartReadModel } from './store.ts';

export const LONG_LEASE_MS = 60_000;

export async function leaseOf(readModel: ReadModel): Promise<GenerationsLease> {
  const lease = await readModel.takeLease(LONG_LEASE_MS);
  assert(lease);
  return lease;
}

/** A read model that has been built, and a second generation of the same content, maintained beside the one that serves. */
export async function doubledStore(
  t: TestContext,
  start: StartReadModel,
  changes: Partial<Changes> = {},
  positions: ReadonlyMap<number, bigint> = new Map([[0, 5n]]),
) {
  const store = await builtStore(t, start, changes);
  const { readModel } = store;
  await readModel.savePositions(positions);
  const lease = await leaseOf(readModel);
  const other = await lease.create();
  await lease.fill(other, { products: [], outcomes: [], ...changes });
  await lease.maintain(other, positions);
  return { ...store, lease, first: await servingOf(readModel), other };
}

export async function servingOf(readModel: ReadModel): Promise<string> {
  return (await generationsOf(readModel)).serving;
}

export async function generationsOf(readModel: ReadModel) {
  const generations = await readModel.generations();
  assert(generations);
  return generations;
}

/** Where a generation stands in a partition. */
export async function positionOf(readModel: ReadModel, generation: string, partition = 0): Promise<bigint | undefined> {
  return (await generationsOf(readModel)).maintained.get(generation)?.get(partition);
}

export function range(firstOffset: bigint, nextOffset: bigint, partition = 0): AppliedRange {
  return { partition, firstOffset, nextOffset };
}

/** Leaves a turn to the others: a store that answers at once would not. */
export const breathe = () => new Promise((resolve) => setImmediate(resolve));
