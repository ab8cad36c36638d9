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
  /** Whether a put makes an entry where there is none. Default no. */
  putCreates?: boolean;
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
  putCreates = false,
}: MemoryCacheOptions): MemoryCache {
  const slots = new Map<string, Slot>();
  let leases = 0;

  function slotOf(id: string): Slot | undefined {
    const slot = slots.get(id);
    if (slot && slot.expiresAtMs <= nowMs()) slots.delete(id);
    return slots.get(id);
  }

  const create = (state: ProductState) =>
    slots.set(state.product.id, { state, lease: null, expiresAtMs: nowMs() + ttlMs });

  function put(state: ProductState): void {
    const { id } = state.product;
    const slot = slotOf(id);
    if (!slot?.state) {
      slots.delete(id);
      if (putCreates) create(state);
    } else if (isNewer(state, slot.state)) slot.state = state;
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
        if (isLeased) create(state);
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
