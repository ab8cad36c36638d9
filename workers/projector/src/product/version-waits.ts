import type { ProductChanges } from './changes.ts';
import type { ProductLoads } from './loads.ts';
import type { ProductState } from './read-model/read-model.ts';
import { within } from './within.ts';

export interface VersionWaitsOptions {
  loads: ProductLoads;
  changes: ProductChanges;
  /** Reads that may wait at once. Default 10,000. */
  max?: number;
}

export interface AwaitedVersion {
  id: string;
  minVersion: bigint;
  /** How long to wait, in milliseconds. */
  waitMs: number;
  /** Ends the wait. */
  signal: AbortSignal;
}

/** Waits for versions that the read model does not have yet: another process may be about to store them. */
export interface VersionWaits {
  /**
   * @returns the product at that version or a newer one, else as it was last seen when the time was over; null when there was none
   * @throws WaitsError when too many reads wait; whatever the read model rejects with
   */
  until(awaited: AwaitedVersion): Promise<ProductState | null>;
  /** How many reads wait now. */
  size(): number;
}

export class WaitsError extends Error {
  override readonly name = 'WaitsError';
  readonly code = 'OVERLOADED';
}

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

export function createVersionWaits({ loads, changes, max = 10_000 }: VersionWaitsOptions): VersionWaits {
  let waiting = 0;

  return {
    async until({ id, minVersion, waitMs, signal }) {
      if (waiting >= max) throw new WaitsError('too many reads wait for a version');
      waiting += 1;
      const deadline = performance.now() + waitMs;
      const arrival = Promise.withResolvers<ProductState>();
      const unwatch = changes.watch(id, (state) => {
        if (state.product.version >= minVersion) arrival.resolve(state);
      });
      try {
        for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 1.5, LONGEST_PAUSE_MS)) {
          const [state] = await loads.load([id]);
          const isEnough = state && state.product.version >= minVersion;
          const leftMs = deadline - performance.now();
          if (isEnough || leftMs <= 0 || signal.aborted) return state ?? null;
          const arrived = await within(arrival.promise, Math.min(pauseMs, leftMs));
          if (arrived) return arrived;
        }
      } finally {
        waiting -= 1;
        unwatch();
      }
    },
    size: () => waiting,
  };
}
