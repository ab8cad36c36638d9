import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { engineAddresses, uniqueName } from '@tributary/engines';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { cached } from '../../../testing/cached.ts';
import { present } from '../../../testing/events.ts';
import type { ProductCache } from '../cache.ts';
import { cacheContract } from '../contract.ts';
import { createRedisCache } from './index.ts';

const logger = silentLogger();

cacheContract('Redis', async () => {
  const { redisUrl } = await engineAddresses(['redis']);
  const keyPrefix = `${uniqueName('cache')}:`;
  const admin = new Redis(redisUrl);
  const caches: ProductCache[] = [];
  const flush = async () => {
    const keys = await admin.keys(`${keyPrefix}*`);
    if (keys.length > 0) await admin.del(keys);
  };
  return {
    async open(times) {
      const cache = createRedisCache({ url: redisUrl, keyPrefix, ...times, readTimeoutMs: 1_000, logger });
      caches.push(cache);
      await until('Redis is there', () => cache.trouble() === null);
      return cache;
    },
    flush,
    async stop() {
      await Promise.all(caches.map((cache) => cache.close()));
      await flush();
      admin.disconnect();
    },
  };
});

/** A cache that has reached the Redis that all tests share. */
async function given(t: TestContext) {
  const { redisUrl } = await engineAddresses(['redis']);
  const keyPrefix = `${uniqueName('cache')}:`;
  const registry = new Registry();
  const cache = createRedisCache({ url: redisUrl, keyPrefix, readTimeoutMs: 1_000, logger, registry });
  const admin = new Redis(redisUrl);
  const keys = () => admin.keys(`${keyPrefix}*`);
  t.after(async () => {
    await cache.close();
    await admin.del('-', ...(await keys()));
    admin.disconnect();
  });
  await until('Redis is there', () => cache.trouble() === null);
  const metric = async (name: string) =>
    (await registry.getSingleMetric(`tributary_cache_${name}`)?.get())?.values[0]?.value;
  return { cache, admin, keys, metric };
}

test('of many states only those are named that could not be written', async (t) => {
  const { cache, admin, keys, metric } = await given(t);
  const states = Array.from({ length: 1_200 }, () => present());
  const unwritable = states[700] ?? present();
  await cached(cache, unwritable);
  const [key = ''] = await keys();
  const others = states.filter((state) => state !== unwritable);
  await Promise.all(others.map((state) => cached(cache, state)));
  await admin.set(key, 'not a hash');
  const newer = states.map(({ product: { id } }) => present({ id, version: 2n }));
  assert.deepEqual(await cache.put(newer), [unwritable.product.id]);
  for (const state of newer)
    if (state.product.id !== unwritable.product.id)
      assert.deepEqual(await cache.get(state.product.id), { kind: 'hit', state });
  assert.equal(await metric('failed_writes_total'), 1);
  assert.deepEqual(await cache.put(newer.slice(0, 3)), [], 'repeats do no harm');
});

test('a server that has forgotten the scripts is told them again', async (t) => {
  const { cache, admin } = await given(t);
  const [first, second] = [present(), present()];
  await cached(cache, first);
  await admin.script('FLUSH');
  await cached(cache, second);
  await admin.script('FLUSH');
  const newer = [first, second].map(({ product: { id } }) => present({ id, version: 2n }));
  assert.deepEqual(await cache.put(newer), []);
  await admin.script('FLUSH');
  for (const state of newer) assert.deepEqual(await cache.get(state.product.id), { kind: 'hit', state });
});

test('a fill that its lease no longer allows is counted', async (t) => {
  const { cache, metric } = await given(t);
  const state = present();
  const { id } = state.product;
  const answer = await cache.get(id);
  assert(answer.kind === 'miss' && answer.lease !== null);
  await cache.fill(id, state, answer.lease);
  assert.equal(await metric('refused_fills_total'), 0);
  await cache.fill(id, state, answer.lease);
  assert.equal(await metric('refused_fills_total'), 1);
});

test('clearing leaves alone what is not its own', async (t) => {
  const { cache, admin, keys } = await given(t);
  await cached(cache, present());
  const [own] = await keys();
  assert(own);
  const foreign = uniqueName('cache');
  await admin.set(foreign, 'foreign', 'EX', 60);
  assert.equal(await cache.clear(), true);
  assert.deepEqual(await keys(), []);
  assert.equal(await admin.getdel(foreign), 'foreign');
});
