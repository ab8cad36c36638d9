import type { ProductCache } from '../../../workers/projector/src/product/cache/cache.ts';
import type { ProductState } from '../../../workers/projector/src/product/read-model/read-model.ts';
import { type Calls, calm } from './calls.ts';

/** A cache in memory that many processes share, with leases, and that may forget anything. */
export interface MemoryCache {
  /** What it holds now; leases are not among it. */
  entries(): ReadonlyMap<string, ProductState>;
  evict(id: string): void;
  flush(): void;
  connect(calls?: Calls): ProductCache;
}

export interface MemoryCacheOptions {
  ttlMs: number;
  leaseMs: number;
  nowMs(): number;
  /** Whether a reader's lease stands. */
  holds?(lease: string, given: string | null): boolean;
  /** Whether a state takes the place of what is cached, if there is anything. */
  isNewer?(state: ProductState, cached: ProductState): boolean;
  /** What a put does where there is no entry. Default: it ends the lease. */
  putWithoutEntry?: 'ends lease' | 'makes entry' | 'does nothing';
  /** Told of each state that is cached from now on, and of the newest version of its product that was ever put. */
  onCached?(state: ProductState, newestPut: bigint): void;
}

interface Slot {
  state: ProductState | null;
  lease: string | null;
  expiresAtMs: number;
}

export function createMemoryCacheServer({
  ttlMs,
  leaseMs,
  nowMs,
  holds = (lease, given) => lease === given,
  isNewer = (state, cached) => state.product.version > cached.product.version,
  putWithoutEntry = 'ends lease',
  onCached = () => {},
}: MemoryCacheOptions): MemoryCache {
  const slots = new Map<string, Slot>();
  const newestPut = new Map<string, bigint>();
  let leases = 0;

  function slotOf(id: string): Slot | undefined {
    const slot = slots.get(id);
    if (slot && slot.expiresAtMs <= nowMs()) slots.delete(id);
    return slots.get(id);
  }

  function cache(state: ProductState, expiresAtMs: number): void {
    const { id } = state.product;
    slots.set(id, { state, lease: null, expiresAtMs });
    onCached(state, newestPut.get(id) ?? 0n);
  }

  function put(state: ProductState): void {
    const { id, version } = state.product;
    if (version > (newestPut.get(id) ?? 0n)) newestPut.set(id, version);
    const slot = slotOf(id);
    if (slot?.state) {
      if (isNewer(state, slot.state)) cache(state, slot.expiresAtMs);
      return;
    }
    if (putWithoutEntry === 'ends lease') slots.delete(id);
    if (putWithoutEntry === 'makes entry') cache(state, nowMs() + ttlMs);
  }

  function connect({ turn, mishap }: Calls = calm): ProductCache {
    return {
      ttlMs,
      async get(id) {
        await turn(`look ${id.slice(-4)} up in the cache`);
        const fate = mishap('cache get');
        if (fate === 'fails') return { kind: 'miss', lease: null, isAway: true };
        const slot = slotOf(id);
        if (fate === null && slot?.state) return { kind: 'hit', state: slot.state };
        if (slot) return { kind: 'miss', lease: null };
        const lease = `lease ${++leases}`;
        slots.set(id, { state: null, lease, expiresAtMs: nowMs() + leaseMs });
        return { kind: 'miss', lease: fate === null ? lease : null };
      },
      async fill(id, state, lease) {
        await turn(`fill ${id.slice(-4)}@${state.product.version} into the cache`);
        const fate = mishap('cache fill');
        const isLeased = fate !== 'fails' && holds(lease, slotOf(id)?.lease ?? null);
        if (isLeased) cache(state, nowMs() + ttlMs);
        return isLeased && fate === null;
      },
      async put(states) {
        if (states.length === 0) return [];
        const names = states.map(({ product }) => `${product.id.slice(-4)}@${product.version}`);
        await turn(`put ${names} into the cache`);
        const fate = mishap('cache put');
        if (fate !== 'fails') states.forEach(put);
        return fate === null ? [] : states.map(({ product }) => product.id);
      },
      async clear() {
        await turn('clear the cache');
        slots.clear();
        return true;
      },
      trouble: () => null,
      close: async () => {},
    };
  }

  return {
    entries() {
      const held = new Map<string, ProductState>();
      for (const id of [...slots.keys()]) {
        const state = slotOf(id)?.state;
        if (state) held.set(id, state);
      }
      return held;
    },
    evict: (id) => void slots.delete(id),
    flush: () => slots.clear(),
    connect,
  };
}
