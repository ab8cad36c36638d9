import type { ProductCache } from './cache/cache.ts';
import type { ReadModel } from './read-model/read-model.ts';

export interface MissedWritesOptions {
  readModel: Pick<ReadModel, 'get'>;
  cache: ProductCache;
  /** Products that may be remembered before nothing more is projected. Default 500,000. */
  max?: number;
  /** UTC milliseconds. Default: the system's clock. */
  nowMs?: () => number;
}

/**
 * The products that the cache could not be told of, per partition. It may hold older states of them, so no position past
 * the first of them is stored until they are written after all, or their entries' time is over: whoever takes the
 * partition over then tells the cache.
 */
export interface MissedWrites {
  /**
   * Takes note of what the cache refused of a part of a partition.
   * @returns the position that may be stored for the partition
   * @throws MissedWritesError when too many products are remembered
   */
  note(part: AppliedPart, refusedIds: readonly string[]): bigint;
  /** Forgets partitions that are read again from their stored positions. */
  forget(partitions: readonly number[]): void;
  /**
   * Tells the cache what is remembered, as the read model has it now; but nothing of a partition that was lost, whose new
   * owner begins where the stored position is.
   * @returns the positions that may be stored now, of the partitions where they have moved
   */
  rewrite(): Promise<ReadonlyMap<number, bigint>>;
  /** The position that may be stored for a partition now; null when nothing of it was applied yet. */
  storable(partition: number): bigint | null;
  size(): number;
}

export interface AppliedPart {
  partition: number;
  firstOffset: bigint;
  nextOffset: bigint;
  /** Whether the partition may be another's by now. Default: as it was last said, at first no. */
  isStale?(): boolean;
}

/** The cache has been away for so long that no more can be remembered. */
export class MissedWritesError extends Error {
  override readonly name = 'MissedWritesError';
  readonly code = 'CACHE_BEHIND';
}

interface Missed {
  /** Where the part began that held the first missed change of the product. */
  readonly offset: bigint;
  /** From then on the cache cannot hold an older state. */
  expiresAtMs: number;
  /** Counts the changes that were missed, to tell whether another came meanwhile. */
  count: number;
}

interface PartitionState {
  /** In the order of their offsets. */
  missed: Map<string, Missed>;
  nextOffset: bigint;
  isStale(): boolean;
}

/** A reader may fill an entry some seconds after it has read the state: longer than any lease. */
const MARGIN_MS = 10_000;
const PRODUCTS_AT_ONCE = 500;

export function createMissedWrites({
  readModel,
  cache,
  max = 500_000,
  nowMs = Date.now,
}: MissedWritesOptions): MissedWrites {
  const partitions = new Map<number, PartitionState>();

  function size(): number {
    let sum = 0;
    for (const { missed } of partitions.values()) sum += missed.size;
    return sum;
  }

  /** Whether the cache took any of the products. */
  async function rewriteSome(entries: [string, Missed][], missed: Map<string, Missed>): Promise<boolean> {
    const counts = entries.map(([, { count }]) => count);
    const states = await readModel.get(entries.map(([id]) => id));
    const refused = new Set(await cache.put([...states.values()]));
    entries.forEach(([id, entry], index) => {
      if (!refused.has(id) && entry.count === counts[index] && missed.get(id) === entry) missed.delete(id);
    });
    return refused.size < entries.length;
  }

  async function rewritePartition({ missed, isStale }: PartitionState): Promise<void> {
    for (const [id, { expiresAtMs }] of missed) if (expiresAtMs <= nowMs()) missed.delete(id);
    if (isStale()) return;
    const entries = [...missed];
    for (let from = 0; from < entries.length; from += PRODUCTS_AT_ONCE)
      if (!(await rewriteSome(entries.slice(from, from + PRODUCTS_AT_ONCE), missed))) return;
  }

  return {
    note({ partition, firstOffset, nextOffset, isStale }, refusedIds) {
      const state = partitions.get(partition) ?? { missed: new Map(), nextOffset, isStale: () => false };
      partitions.set(partition, state);
      if (refusedIds.length > 0 && size() + refusedIds.length > max)
        throw new MissedWritesError('the cache is away and too many products have changed: nothing more is projected');
      const expiresAtMs = nowMs() + cache.ttlMs + MARGIN_MS;
      for (const id of refusedIds) {
        const known = state.missed.get(id);
        if (!known) state.missed.set(id, { offset: firstOffset, expiresAtMs, count: 1 });
        else {
          known.expiresAtMs = expiresAtMs;
          known.count += 1;
        }
      }
      state.nextOffset = nextOffset;
      if (isStale) state.isStale = isStale;
      return storable(state);
    },
    forget(forgotten) {
      for (const partition of forgotten) partitions.delete(partition);
    },
    async rewrite() {
      const moved = new Map<number, bigint>();
      for (const [partition, state] of partitions) {
        if (state.missed.size === 0) continue;
        const before = storable(state);
        await rewritePartition(state);
        const after = storable(state);
        // Not of a lost partition: its new owner is further, and a position that is put back has it all read again.
        if (after !== before && partitions.get(partition) === state && !state.isStale()) moved.set(partition, after);
      }
      return moved;
    },
    storable(partition) {
      const state = partitions.get(partition);
      return state ? storable(state) : null;
    },
    size,
  };
}

function storable({ missed, nextOffset }: PartitionState): bigint {
  const [first] = missed.values();
  return first?.offset ?? nextOffset;
}
