import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { cached } from '../../../testing/cached.ts';
import { present } from '../../../testing/events.ts';
import { ownRedis } from '../../../testing/own-redis.ts';
import { createRedisCache, type RedisCacheOptions } from './index.ts';
import { slowProxy } from './slow-proxy.ts';

/** A cache over a Redis of its own, which is not started yet. */
async function given(t: TestContext, options: Partial<RedisCacheOptions> = {}) {
  const server = await ownRedis();
  const { logger, lines } = notingLogger();
  const registry = new Registry();
  const cache = createRedisCache({ url: server.url, logger, registry, ...options });
  t.after(async () => {
    await cache.close();
    await server.stop();
  });
  const untilThere = () => until('Redis is there', () => cache.trouble() === null);
  const isBreakerOpen = async () =>
    (await registry.getSingleMetric('tributary_cache_breaker_open')?.get())?.values[0]?.value;
  return { server, cache, lines, untilThere, isBreakerOpen };
}

const NOT_USED = 'warn: Redis is not used: products are read and written past the cache';
const USED_AGAIN = 'info: Redis is used again';
const AWAY = { kind: 'miss', lease: null, isAway: true };

test('Redis may come later, go and come back: reads miss, writes say what they could not write', async (t) => {
  const { server, cache, lines, untilThere } = await given(t);
  const state = present();
  const { id } = state.product;
  assert.deepEqual(await cache.get(id), AWAY);
  assert.deepEqual(await cache.put([state]), [id]);
  await until('it is told', () => lines.length > 0);
  assert.match(cache.trouble() ?? '', /^is away: .*ECONNREFUSED/);
  await server.start();
  await untilThere();
  await cached(cache, state);
  assert.deepEqual(await cache.put([state]), []);
  assert.deepEqual(await cache.get(id), { kind: 'hit', state });
  await server.kill('SIGKILL');
  await until('it is noticed', () => cache.trouble()?.startsWith('is away'));
  assert.deepEqual(await cache.get(id), AWAY);
  assert.deepEqual(await cache.put([state]), [id]);
  assert.equal(await cache.fill(id, state, 'a lease'), false);
  await server.start();
  await untilThere();
  assert.deepEqual(await cache.put([state]), []);
  await cached(cache, state);
  assert.deepEqual(await cache.get(id), { kind: 'hit', state });
  assert.deepEqual(lines, [NOT_USED, USED_AGAIN, NOT_USED, USED_AGAIN], 'told once each time');
});

test('what Redis had before it was restarted is never read: it may be older than what it accepted since', async (t) => {
  const { server, cache, untilThere } = await given(t);
  await server.start();
  await untilThere();
  const old = present();
  const { id } = old.product;
  await cached(cache, old);
  await server.save();
  const newer = present({ id, version: 2n });
  await cache.put([newer]);
  await server.kill('SIGKILL');
  await until('it is noticed', () => cache.trouble() !== null);
  await server.start();
  await untilThere();
  assert.equal((await ask(server.url, (redis) => redis.keys('*'))).length, 1, 'the snapshot is there');
  assert.equal((await cache.get(id)).kind, 'miss');
  await cache.put([newer]);
  await cached(cache, newer);
});

test('a Redis that hangs costs each read some milliseconds, and soon nothing', async (t) => {
  const { server, cache, lines, untilThere, isBreakerOpen } = await given(t, { writeTimeoutMs: 5_000 });
  await server.start();
  await untilThere();
  const state = present();
  const { id } = state.product;
  await cached(cache, state);
  assert.equal(await isBreakerOpen(), 0);
  const earlier = lines.length;
  await server.kill('SIGSTOP');
  for (let read = 0; read < 5; read += 1) assert.deepEqual(await cache.get(id), AWAY);
  assert.equal(cache.trouble(), 'is too slow');
  assert.equal(await isBreakerOpen(), 1);
  const begun = performance.now();
  for (let read = 0; read < 200; read += 1) await cache.get(id);
  // Without the breaker these would take 200 time-outs: 6 seconds.
  assert(performance.now() - begun < 2_000);
  let tries = 0;
  await until('reads have tried again, in vain', async () => {
    const from = performance.now();
    await cache.get(id);
    if (performance.now() - from > 20) tries += 1;
    return tries === 2;
  });
  assert.deepEqual(lines.slice(earlier), [NOT_USED], 'told once');
  await server.kill('SIGCONT');
  await until('it is fast again', async () => (await cache.get(id)).kind === 'hit');
  assert.equal(cache.trouble(), null);
  assert.equal(await isBreakerOpen(), 0);
  assert.deepEqual(lines.slice(earlier), [NOT_USED, USED_AGAIN]);
});

test('a Redis that answers late costs each read some milliseconds, never an error, and is still told of every change', async (t) => {
  const { server, untilThere: _, ...direct } = await given(t);
  await direct.cache.close();
  await server.start();
  const proxy = await slowProxy(new URL(server.url));
  const cache = createRedisCache({ url: proxy.url, logger: silentLogger() });
  t.after(async () => {
    await cache.close();
    await proxy.stop();
  });
  await until('Redis is there', () => cache.trouble() === null);
  const old = present();
  const state = present({ id: old.product.id, version: 2n });
  await cached(cache, old);
  proxy.delayBy(200);
  for (let read = 0; read < 5; read += 1) assert.deepEqual(await cache.get(old.product.id), AWAY);
  assert.equal(cache.trouble(), 'is too slow');
  const begun = performance.now();
  for (let read = 0; read < 50; read += 1) assert.equal((await cache.get(old.product.id)).kind, 'miss');
  // Without the breaker and the deadline these would wait for 50 answers: 10 seconds.
  assert(performance.now() - begun < 3_000);
  assert.deepEqual(await cache.put([state]), []);
  proxy.delayBy(0);
  await until('it is fast again', async () => (await cache.get(old.product.id)).kind === 'hit');
  assert.deepEqual(await cache.get(old.product.id), { kind: 'hit', state });
});

test('a Redis that was flushed costs a read a load from the read model, no error', async (t) => {
  const { server, cache, untilThere } = await given(t);
  await server.start();
  await untilThere();
  const state = present();
  const { id } = state.product;
  await cached(cache, state);
  await ask(server.url, (redis) => redis.flushall());
  const answer = await cache.get(id);
  assert(answer.kind === 'miss' && answer.lease !== null && !answer.isAway, 'and the one who reads may fill it');
  await cache.fill(id, state, answer.lease);
  assert.deepEqual(await cache.get(id), { kind: 'hit', state });
  assert.equal(cache.trouble(), null);
});

test('a Redis that stays silent is away, so that writes cost nothing either until it is back', async (t) => {
  const { server, cache, untilThere } = await given(t, { writeTimeoutMs: 200 });
  await server.start();
  await untilThere();
  const [state, another] = [present(), present()];
  await cached(cache, another);
  await server.kill('SIGSTOP');
  assert.deepEqual(await cache.put([state]), [state.product.id]);
  await until('it is given up', () => cache.trouble()?.startsWith('is away'));
  const begun = performance.now();
  for (let write = 0; write < 100; write += 1) assert.equal((await cache.put([state, another])).length, 2);
  // Without that these would take 100 time-outs: 20 seconds.
  assert(performance.now() - begun < 1_000);
  await server.kill('SIGCONT');
  await untilThere();
  const newer = present({ id: another.product.id, version: 2n });
  assert.deepEqual(await cache.put([state, newer]), []);
  assert.deepEqual(await cache.get(another.product.id), { kind: 'hit', state: newer });
});

test('a pause of this process is not taken for a slow Redis', async (t) => {
  const { server, cache, untilThere } = await given(t, { readTimeoutMs: 30 });
  await server.start();
  await untilThere();
  const state = present();
  await cached(cache, state);
  const reads = Array.from({ length: 20 }, () => cache.get(state.product.id));
  const end = performance.now() + 200;
  while (performance.now() < end);
  assert.deepEqual(new Set((await Promise.all(reads)).map(({ kind }) => kind)), new Set(['hit']));
  assert.equal(cache.trouble(), null);
});

test('a replica is not used: what it holds may be older than what the primary accepted', async (t) => {
  const { server, cache, untilThere } = await given(t);
  await server.start();
  await untilThere();
  const state = present();
  await ask(server.url, (redis) => redis.replicaof('127.0.0.1', 1));
  assert.deepEqual(await cache.put([state]), [state.product.id]);
  await until('it is known', () => cache.trouble() === 'is away: it is a replica');
  await until('reads notice it by a miss', async () => {
    const answer = await cache.get(present().product.id);
    return answer.kind === 'miss' && answer.isAway;
  });
  assert.deepEqual(await cache.put([state]), [state.product.id]);
  await ask(server.url, (redis) => redis.replicaof('NO', 'ONE'));
  await untilThere();
  assert.deepEqual(await cache.put([state]), []);
});

async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

function notingLogger() {
  const lines: string[] = [];
  const noting = (level: string) => ({ [level]: (...args: unknown[]) => lines.push(`${level}: ${args.at(-1)}`) });
  return { logger: Object.assign(silentLogger(), noting('warn'), noting('info')), lines };
}
