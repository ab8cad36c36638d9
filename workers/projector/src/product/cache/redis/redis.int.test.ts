import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { engineAddresses, uniqueName } from '@tributary/engines';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { Redis } from 'ioredis';
import { present } from '../../../testing/events.ts';
import { ownRedis } from '../../../testing/own-redis.ts';
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

/** A cache over a Redis of its own, which is not started yet. */
async function given(t: TestContext) {
  const server = await ownRedis();
  const cache = createRedisCache({ url: server.url, writeTimeoutMs: 100, logger });
  t.after(async () => {
    await cache.close();
    await server.stop();
  });
  const untilThere = () => until('Redis is there', () => cache.trouble() === null);
  return { server, cache, untilThere };
}

test('Redis may come later, go and come back: reads miss, writes say what they could not write', async (t) => {
  const { server, cache, untilThere } = await given(t);
  const state = present();
  const { id } = state.product;
  assert.deepEqual(await cache.get(id), { kind: 'miss', lease: null });
  assert.deepEqual(await cache.put([state]), [id]);
  assert.equal(cache.trouble(), 'is away');
  await server.start();
  await untilThere();
  assert.deepEqual(await cache.put([state]), []);
  assert.deepEqual(await cache.get(id), { kind: 'hit', state });
  await server.kill('SIGKILL');
  await until('it is noticed', () => cache.trouble() === 'is away');
  assert.deepEqual(await cache.get(id), { kind: 'miss', lease: null });
  assert.deepEqual(await cache.put([state]), [id]);
  await cache.fill(id, state, 'a lease');
  await server.start();
  await untilThere();
  assert.deepEqual(await cache.put([state]), []);
  assert.deepEqual(await cache.get(id), { kind: 'hit', state });
});

test('what Redis had before it was restarted is never read: it may be older than what it accepted since', async (t) => {
  const { server, cache, untilThere } = await given(t);
  await server.start();
  await untilThere();
  const old = present();
  const { id } = old.product;
  await cache.put([old]);
  await server.save();
  const newer = present({ id, version: 2n });
  await cache.put([newer]);
  await server.kill('SIGKILL');
  await server.start();
  await until('it is noticed', () => cache.trouble() === null);
  const keys = await keysOf(server.url);
  assert.equal(keys.length, 1, 'the snapshot is there');
  assert.equal((await cache.get(id)).kind, 'miss');
  await cache.put([newer]);
  assert.deepEqual(await cache.get(id), { kind: 'hit', state: newer });
});

test('a Redis that hangs costs each read some milliseconds, and soon nothing', async (t) => {
  const { server, cache, untilThere } = await given(t);
  await server.start();
  await untilThere();
  const state = present();
  const { id } = state.product;
  await cache.put([state]);
  await server.kill('SIGSTOP');
  for (let read = 0; read < 5; read += 1) assert.equal((await cache.get(id)).kind, 'miss');
  assert.equal(cache.trouble(), 'is too slow');
  assert.deepEqual(await cache.put([state]), [id]);
  const begun = performance.now();
  for (let read = 0; read < 200; read += 1) await cache.get(id);
  // Without the breaker these would take 200 time-outs: 6 seconds.
  assert(performance.now() - begun < 2_000);
  await server.kill('SIGCONT');
  await until('it is fast again', async () => (await cache.get(id)).kind === 'hit');
  assert.equal(cache.trouble(), null);
});

async function keysOf(url: string): Promise<string[]> {
  const redis = new Redis(url);
  try {
    return await redis.keys('*');
  } finally {
    redis.disconnect();
  }
}
