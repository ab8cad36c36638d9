import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cached } from '../../testing/cached.ts';
import { present } from '../../testing/events.ts';
import type { ProductCache } from './cache.ts';
import { cacheContract } from './contract.ts';
import { createMemoryCache } from './memory.ts';

cacheContract('in the process', async () => {
  let cache: ProductCache | undefined;
  return {
    open: async (times) => {
      cache ??= createMemoryCache(times);
      return cache;
    },
    flush: async () => cache?.close(),
    stop: async () => {},
  };
});

test('the cache in the process is bounded: the product longest unused goes', async () => {
  const cache = createMemoryCache({ maxEntries: 2 });
  const [a, b, c] = [present(), present(), present()];
  for (const state of [a, b]) await cached(cache, state);
  await cache.get(a.product.id);
  await cached(cache, c);
  const kinds = await Promise.all([a, c, b].map(async ({ product }) => (await cache.get(product.id)).kind));
  assert.deepEqual(kinds, ['hit', 'hit', 'miss']);
});
