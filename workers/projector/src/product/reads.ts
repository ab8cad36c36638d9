import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import type { ProductCache } from './cache/cache.ts';
import type { ProductLoads } from './loads.ts';
import type { ProductState } from './read-model/read-model.ts';
import type { VersionWaits } from './version-waits.ts';
import { within } from './within.ts';

export interface ProductRead {
  id: string;
  /** Answer with at least this version. */
  minVersion?: bigint | undefined;
  /** How long to wait for it, in milliseconds. */
  waitMs: number;
}

export type ReadAnswer =
  | { kind: 'product'; product: Product }
  /** There is no such product, or it is deleted. */
  | { kind: 'none' }
  /** The version asked for did not come in time; 0 stands for no product at all. */
  | { kind: 'stale'; currentVersion: bigint };

export interface ProductReadsOptions {
  cache: ProductCache;
  loads: ProductLoads;
  waits: VersionWaits;
}

/** Reads of products, through the cache as long as that is new enough. */
export interface ProductReads {
  /**
   * One answer for each read, in its order.
   * @throws ReadModelError `NOT_BUILT`, `UNAVAILABLE`; WaitsError
   */
  read(reads: readonly ProductRead[], signal: AbortSignal): Promise<ReadAnswer[]>;
}

const CACHE_WRITE_WITHIN_MS = 50;

export function createProductReads({ cache, loads, waits }: ProductReadsOptions): ProductReads {
  /** The products behind reads that name no version. */
  async function cached(ids: readonly string[]): Promise<Map<string, ProductState | null>> {
    const answers = await Promise.all(ids.map(async (id) => ({ id, answer: await cache.get(id) })));
    const found = new Map<string, ProductState | null>();
    const misses: { id: string; lease: string | null }[] = [];
    for (const { id, answer } of answers)
      if (answer.kind === 'hit') found.set(id, answer.state);
      else misses.push({ id, lease: answer.lease });
    if (misses.length === 0) return found;
    const states = await loads.load(misses.map(({ id }) => id));
    misses.forEach(({ id, lease }, index) => {
      const state = states[index] ?? null;
      found.set(id, state);
      if (state && lease !== null) void cache.fill(id, state, lease);
    });
    return found;
  }

  /** Has the cache hold nothing older, and this if the lease still stands. */
  async function keep(state: ProductState, lease: string | null): Promise<void> {
    const isFilled = lease !== null && (await cache.fill(state.product.id, state, lease));
    if (!isFilled) await cache.put([state]);
  }

  async function atLeast(id: string, minVersion: bigint, waitMs: number, signal: AbortSignal): Promise<ReadAnswer> {
    const answer = await cache.get(id);
    if (answer.kind === 'hit' && answer.state.product.version >= minVersion) return answerOf(answer.state);
    const state = await waits.until({ id, minVersion, waitMs, signal });
    // A plain read that follows must not find what this one went past; but a cache that hangs holds up no read.
    if (state) await within(keep(state, answer.kind === 'miss' ? answer.lease : null), CACHE_WRITE_WITHIN_MS);
    if (state && state.product.version >= minVersion) return answerOf(state);
    return { kind: 'stale', currentVersion: state?.product.version ?? 0n };
  }

  return {
    async read(reads, signal) {
      const plain = reads.filter(({ minVersion }) => minVersion === undefined);
      const states = cached([...new Set(plain.map(({ id }) => id))]);
      return Promise.all(
        reads.map(async ({ id, minVersion, waitMs }) =>
          minVersion === undefined ? answerOf((await states).get(id) ?? null) : atLeast(id, minVersion, waitMs, signal),
        ),
      );
    },
  };
}

function answerOf(state: ProductState | null): ReadAnswer {
  return state === null || state.deleted ? { kind: 'none' } : { kind: 'product', product: state.product };
}
