import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { cached, leaseOf } from '../testing/cached.ts';
import { changed, present, recordsOf, rejected, tombstone } from '../testing/events.ts';
import { createMemoryCache } from './cache/memory.ts';
import { createProductChanges } from './changes.ts';
import { createProjectionHandler } from './handler.ts';
import { projectorMetrics } from './metrics.ts';
import type { ProductState } from './read-model/read-model.ts';
import { createSqliteReadModel } from './read-model/sqlite/index.ts';

async function givenHandler(registry = new Registry()) {
  const readModel = createSqliteReadModel({ file: ':memory:' });
  await (await readModel.beginBuild(10_000))?.publish(new Map());
  const cache = createMemoryCache();
  const changes = createProductChanges();
  const handler = createProjectionHandler({
    readModel,
    cache,
    changes,
    onNotBuilt: () => assert.fail('it is built'),
    metrics: projectorMetrics(registry),
    nowMs: Date.now,
    logger: silentLogger(),
  });
  let offset = 0n;
  /** Events come as one batch. */
  async function project(...states: ProductState[]): Promise<void> {
    const records = recordsOf(states.map(changed), offset);
    offset += BigInt(records.length);
    await handler.apply({ partition: 0, records, nextOffset: offset, isStale: () => false });
  }
  return { cache, changes, readModel, handler, project, close: () => readModel.close() };
}

test('of an event that comes again long after the cache and those who wait are told what stands', async (t) => {
  const { cache, changes, project, close } = await givenHandler();
  t.after(close);
  const first = present();
  const { id } = first.product;
  const deleted = tombstone({ id, version: 2n });
  const other = present();
  await project(first, deleted);
  await cached(cache, first);
  const told: ProductState[] = [];
  changes.watch(id, (state) => void told.push(state));
  await project(first, other);
  assert.deepEqual(await cache.get(id), { kind: 'hit', state: deleted });
  assert.deepEqual(told, [deleted]);
});

test('what is projected replaces what is cached, ends leases, and is not cached for that', async (t) => {
  const { cache, project, close } = await givenHandler();
  t.after(close);
  const [hot, cold] = [present(), present()];
  const { id } = hot.product;
  await cached(cache, hot);
  const lease = await leaseOf(cache, cold.product.id);
  const newer = present({ id, version: 2n });
  await project(newer, cold);
  assert.deepEqual(await cache.get(id), { kind: 'hit', state: newer });
  assert.equal(await cache.fill(cold.product.id, cold, lease), false);
  assert.equal((await cache.get(cold.product.id)).kind, 'miss');
});

test('a position that is saved while the cache is told what it missed does not undo the one after it', async (t) => {
  const { cache, readModel, handler, project, close } = await givenHandler();
  t.after(close);
  const { put } = cache;
  const { savePositions } = readModel;
  const [begun, released, told] = [0, 1, 2].map(() => Promise.withResolvers<void>());
  cache.put = async (states) => states.map(({ product }) => product.id);
  readModel.savePositions = async (positions) => {
    readModel.savePositions = savePositions;
    begun?.resolve();
    await released?.promise;
    await savePositions(positions);
  };
  const projecting = project(present());
  await begun?.promise;
  cache.put = async (states) => {
    told?.resolve();
    return put(states);
  };
  const rewriting = handler.rewriteMissed();
  await told?.promise;
  // All that it does without waiting for the other is done then.
  await setImmediate();
  released?.resolve();
  await Promise.all([projecting, rewriting]);
  assert.equal((await readModel.positions())?.get(0), 1n);
});

test('how long commands took until their changes could be read is measured once, and not of what was known', async (t) => {
  const registry = new Registry();
  const { handler, project, close } = await givenHandler(registry);
  t.after(close);
  const count = async () =>
    Number(/^tributary_projector_command_visible_seconds_count (\d+)$/m.exec(await registry.metrics())?.[1]);
  const first = present();
  await project(first, present({ id: first.product.id, version: 2n }));
  assert.equal(await count(), 2, 'the change that the newer one replaced can be read with it');
  await project(first);
  assert.equal(await count(), 2, 'a repeat was to be read before');
  await project(first, present());
  assert.equal(await count(), 3, 'also in a batch with what is new');
  const refused = recordsOf([rejected()], 5n);
  await handler.apply({ partition: 0, records: refused, nextOffset: 6n, isStale: () => false });
  assert.equal(await count(), 3, 'a command that is refused changes nothing');
  const sum = /^tributary_projector_command_visible_seconds_sum (.*)$/m.exec(await registry.metrics());
  assert(Number(sum?.[1]) < 60, 'seconds since the commands were made');
});
