import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Registry } from 'prom-client';
import { present } from '../../testing/events.ts';
import type { CacheAnswer } from './cache.ts';
import { measured } from './measured.ts';
import { createMemoryCache } from './memory.ts';

test('reads are counted by what came of them', async () => {
  const state = present();
  const answers: CacheAnswer[] = [
    { kind: 'hit', state },
    { kind: 'miss', lease: null, isAway: true },
    { kind: 'miss', lease: null, isAway: true },
    { kind: 'miss', lease: 'a lease' },
    { kind: 'miss', lease: null },
    { kind: 'miss', lease: null },
  ];
  const registry = new Registry();
  const given = [...answers];
  const cache = measured({ ...createMemoryCache(), get: async () => given.shift() as CacheAnswer }, registry);
  for (const answer of answers) assert.equal(await cache.get(state.product.id), answer);
  const { values } = (await registry.getSingleMetric('tributary_cache_requests_total')?.get()) ?? { values: [] };
  const counts = Object.fromEntries(values.map(({ labels, value }) => [labels.result, value]));
  assert.deepEqual(counts, { hit: 1, away: 2, miss: 3 });
});
