import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { ProductState } from '../read-model/read-model.ts';
import type { ProductCache } from './cache.ts';

export interface MemoryCacheOptions {
  /** Products that are kept at most. Default 50,000. */
  maxEntries?: number;
  /** How long an entry may live after it was filled, in milliseconds. Default 10 minutes. */
  ttlMs?: number;
  /** How long a reader may take to fill an entry, in milliseconds. Default 2 seconds. */
  leaseMs?: number;
}

type Entry = { state: ProductState } | { lease: string };

/** The product cache of one process. */
export function createMemoryCache({
  maxEntries = 50_000,
  ttlMs = 600_000,
  leaseMs = 2_000,
}: MemoryCacheOptions = {}): ProductCache {
  const entries = new LRUCache<string, Entry>({ max: maxEntries, ttl: ttlMs });

  return {
    ttlMs,
    async get(id) {
      const entry = entries.get(id);
      if (entry && 'state' in entry) return { kind: 'hit', state: entry.state };
      if (entry) return { kind: 'miss', lease: null };
      const lease = randomUUID();
      entries.set(id, { lease }, { ttl: leaseMs });
      return { kind: 'miss', lease };
    },
    async fill(id, state, lease) {
      const entry = entries.get(id);
      const isLeased = entry !== undefined && 'lease' in entry && entry.lease === lease;
      if (isLeased) entries.set(id, { state });
      return isLeased;
    },
    async put(states) {
      for (const state of states) {
        const { id, version } = state.product;
        const entry = entries.get(id);
        if (!entry) continue;
        if ('lease' in entry) entries.delete(id);
        else if (entry.state.product.version < version) entries.set(id, { state }, { noUpdateTTL: true });
      }
      return [];
    },
    async clear() {
      entries.clear();
      return true;
    },
    trouble: () => null,
    async close() {
      entries.clear();
    },
  };
}
