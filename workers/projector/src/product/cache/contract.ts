import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { until } from '@tributary/service/testing';
import { cached, leaseOf } from '../../testing/cached.ts';
import { present, tombstone } from '../../testing/events.ts';
import type { ProductLoads } from '../loads.ts';
import type { ProductState } from '../read-model/read-model.ts';
import { createProductReads } from '../reads.ts';
import type { VersionWaits } from '../version-waits.ts';
import type { ProductCache } from './cache.ts';

/** A store of cached products that several processes may use at once. */
export interface CacheStore {
  open(times: { ttlMs: number; leaseMs: number }): Promise<ProductCache>;
  /** Forgets everything, as FLUSHALL does. */
  flush(): Promise<void>;
  stop(): Promise<void>;
}

const LONG = { ttlMs: 600_000, leaseMs: 600_000 };

/** What holds for every product cache, also with two processes at once. */
export function cacheContract(name: string, start: () => Promise<CacheStore>): void {
  describe(`product cache: ${name}`, () => {
    async function given(t: TestContext, times = LONG) {
      const store = await start();
      t.after(() => store.stop());
      return { store, cache: await store.open(times), replica: await store.open(times) };
    }

    test('what was filled, or put in its place, is found by everyone, tombstones too', async (t) => {
      const { cache, replica } = await given(t);
      const states = [
        present({ version: 3_000_000_000n, price: '99999999999.9999' }),
        tombstone({ version: 2n }),
        present({ name: '🫖'.repeat(250), description: '🫖'.repeat(5_000) }),
      ];
      const foundByBoth = async (state: ProductState) => {
        for (const one of [cache, replica]) assert.deepEqual(await one.get(state.product.id), { kind: 'hit', state });
      };
      for (const state of states) {
        await cached(cache, state);
        await foundByBoth(state);
      }
      const newer = states.map(({ product, deleted }) => ({
        product: { ...product, version: product.version + 1n },
        deleted: !deleted,
      }));
      assert.deepEqual(await cache.put(newer), []);
      for (const state of newer) await foundByBoth(state);
    });

    test('a write without an entry makes none, and ends the lease', async (t) => {
      const { cache, replica } = await given(t);
      const [state, tomb] = [present(), tombstone()];
      const { id } = state.product;
      assert.deepEqual(await cache.put([state, tomb]), []);
      assert.equal((await cache.get(tomb.product.id)).kind, 'miss');
      const lease = await leaseOf(cache, id);
      assert.deepEqual(await replica.put([state]), []);
      assert.equal(await cache.fill(id, state, lease), false, 'be it of the same version');
      await leaseOf(replica, id);
    });

    test('an old state that comes late, after the entry was forgotten, is not kept', async (t) => {
      const { store, cache, replica } = await given(t);
      const old = present();
      const newer = present({ id: old.product.id, version: 2n });
      await cached(cache, old);
      await replica.put([newer]);
      await store.flush();
      await cache.put([old]);
      assert.equal((await replica.get(old.product.id)).kind, 'miss');
      await cache.put([old]);
      await cached(replica, newer);
      await cache.put([old]);
      assert.deepEqual(await replica.get(old.product.id), { kind: 'hit', state: newer });
    });

    test('an older state never replaces a newer one', async (t) => {
      const { cache, replica } = await given(t);
      const newest = present({ version: 10n });
      const { id } = newest.product;
      await cached(cache, newest);
      await replica.put([present({ id, version: 9n, name: 'older' })]);
      await replica.put([present({ id, version: 10n, name: 'the same again' })]);
      assert.deepEqual(await cache.get(id), { kind: 'hit', state: newest });
      const newer = present({ id, version: 11n });
      await replica.put([newer]);
      assert.deepEqual(await cache.get(id), { kind: 'hit', state: newer });
    });

    test('versions that race end with the newest', async (t) => {
      const { cache, replica } = await given(t);
      const { id } = present().product;
      await cached(cache, present({ id }));
      // 2 to 41, each far from the one before it.
      const versions = Array.from({ length: 40 }, (_, index) => BigInt(((index * 17) % 40) + 2));
      await Promise.all(versions.map((version, index) => [cache, replica][index % 2]?.put([present({ id, version })])));
      assert.equal(versionOf(await cache.get(id)), 41n);
    });

    test('many states are put at once', async (t) => {
      const { cache, replica } = await given(t);
      const states = Array.from({ length: 500 }, () => present());
      await Promise.all(states.map((state) => cached(cache, state)));
      assert.deepEqual(await cache.put(states.map(({ product: { id } }) => present({ id, version: 2n }))), []);
      const answers = await Promise.all(states.map(({ product }) => replica.get(product.id)));
      assert(answers.every((answer) => versionOf(answer) === 2n));
      assert.deepEqual(await cache.put([]), []);
    });

    test('of all that miss at once one may fill the entry', async (t) => {
      const { cache, replica } = await given(t);
      const state = present();
      const { id } = state.product;
      const answers = await Promise.all([cache, replica, cache, replica].map((one) => one.get(id)));
      const leases = answers.flatMap((answer) =>
        answer.kind === 'miss' && answer.lease !== null ? [answer.lease] : [],
      );
      assert.equal(leases.length, 1);
      assert.equal(await replica.fill(id, state, 'another lease'), false);
      assert.equal((await cache.get(id)).kind, 'miss');
      assert.equal(await cache.fill(id, state, leases[0] ?? ''), true);
      assert.deepEqual(await replica.get(id), { kind: 'hit', state });
    });

    test('a write ends the lease: a reader cannot bring back what it read before', async (t) => {
      const { cache, replica } = await given(t);
      const old = present();
      const { id } = old.product;
      const lease = await leaseOf(cache, id);
      await replica.put([present({ id, version: 2n })]);
      assert.equal(await cache.fill(id, old, lease), false);
      assert.equal((await cache.get(id)).kind, 'miss');
    });

    test('a write and a fill that race end with the write or with nothing, whichever is first', async (t) => {
      const { cache, replica } = await given(t);
      const ended = Array.from({ length: 50 }, async (_, round) => {
        const old = present();
        const { id } = old.product;
        const lease = await leaseOf(cache, id);
        const fill = () => cache.fill(id, old, lease);
        const put = () => replica.put([present({ id, version: 2n })]);
        await Promise.all((round % 2 ? [fill, put] : [put, fill]).map((one) => one()));
        return versionOf(await cache.get(id));
      });
      assert(!(await Promise.all(ended)).includes(1n));
    });

    test('the lease of one product is none for another', async (t) => {
      const { cache } = await given(t);
      const [state, another] = [present(), present()];
      const lease = await leaseOf(cache, another.product.id);
      await leaseOf(cache, state.product.id);
      await cache.fill(state.product.id, state, lease);
      assert.equal((await cache.get(state.product.id)).kind, 'miss');
    });

    test('an entry that went leaves no lease to whoever filled it', async (t) => {
      const { store, cache } = await given(t);
      const old = present();
      const { id } = old.product;
      const lease = await leaseOf(cache, id);
      await cache.fill(id, old, lease);
      await store.flush();
      await cache.fill(id, old, lease);
      assert.equal((await cache.get(id)).kind, 'miss');
    });

    test('what is forgotten takes its lease along: a slow reader does not fill after it', async (t) => {
      const { store, cache } = await given(t);
      const old = present();
      const { id } = old.product;
      const lease = await leaseOf(cache, id);
      await store.flush();
      await cache.fill(id, old, lease);
      const next = await leaseOf(cache, id);
      await cache.fill(id, old, lease);
      assert.equal((await cache.get(id)).kind, 'miss', 'the lease of another reader stands');
      const state = present({ id, version: 2n });
      await cache.fill(id, state, next);
      assert.deepEqual(await cache.get(id), { kind: 'hit', state });
    });

    test('a plain read after a read of a certain version finds nothing older, though the cache was not told', async (t) => {
      const { cache, replica } = await given(t);
      const old = present();
      const newer = present({ id: old.product.id, version: 2n });
      await cached(cache, old);
      const [first, second] = [cache, replica].map((over) => readsOver(over, async () => newer));
      assert.equal(await first?.(old.product.id), 1n);
      assert.equal(await second?.(old.product.id, 2n), 2n);
      assert.equal(await second?.(old.product.id), 2n);
      assert.equal(await first?.(old.product.id), 2n);
    });

    test('what a read of a certain version found is cached, also a tombstone', async (t) => {
      const { cache } = await given(t);
      for (const state of [present({ version: 2n }), tombstone({ version: 2n })]) {
        const { id } = state.product;
        await readsOver(cache, async () => state)(id, 2n);
        assert.deepEqual(await cache.get(id), { kind: 'hit', state });
      }
    });

    test('a read of a certain version that lost its lease to one that found less mends what that filled', async (t) => {
      const { store, cache, replica } = await given(t);
      const old = present();
      const newer = present({ id: old.product.id, version: 2n });
      const read = readsOver(cache, async () => {
        await store.flush();
        await cached(replica, old);
        return newer;
      });
      assert.equal(await read(old.product.id, 2n), 2n);
      assert.equal(await read(old.product.id), 2n);
    });

    test('a cleared cache holds nothing and has ended every lease', async (t) => {
      const { cache, replica } = await given(t);
      const states = Array.from({ length: 2_500 }, () => present());
      await Promise.all(states.map((state) => cached(cache, state)));
      const slow = present();
      const lease = await leaseOf(replica, slow.product.id);
      assert.equal(await cache.clear(), true);
      await replica.fill(slow.product.id, slow, lease);
      for (const { product } of [...states, slow]) assert.equal((await replica.get(product.id)).kind, 'miss');
    });

    test('a reader that takes too long loses its lease to the next', async (t) => {
      const { cache } = await given(t, { ttlMs: 600_000, leaseMs: 20 });
      const old = present();
      const { id } = old.product;
      const lost = await leaseOf(cache, id);
      await until('the lease is over', async () => {
        const answer = await cache.get(id);
        return answer.kind === 'miss' && answer.lease !== null;
      });
      await cache.fill(id, old, lost);
      assert.equal((await cache.get(id)).kind, 'miss');
    });

    test('an entry lives for its time from when it was filled, a tombstone too, however often it is replaced', async (t) => {
      const { cache } = await given(t, { ttlMs: 500, leaseMs: 600_000 });
      assert.equal(cache.ttlMs, 500);
      const begunMs = performance.now();
      const states: ProductState[] = [present(), tombstone()];
      for (const state of states) await cached(cache, state);
      let version = 2n;
      await until('all are forgotten', async () => {
        await cache.put(states.map(({ product, deleted }) => ({ product: { ...product, version }, deleted })));
        version += 1n;
        const answers = await Promise.all(states.map(({ product }) => cache.get(product.id)));
        return answers.every(({ kind }) => kind === 'miss');
      });
      assert(performance.now() - begunMs > 490);
    });

    test('it has no trouble', async (t) => {
      const { cache } = await given(t);
      assert.equal(cache.trouble(), null);
    });
  });
}

function versionOf(answer: Awaited<ReturnType<ProductCache['get']>>): bigint | null {
  return answer.kind === 'hit' ? answer.state.product.version : null;
}

/** Reads through a cache, before a read model that is asked for certain versions only; gives the version that was read. */
function readsOver(cache: ProductCache, find: () => Promise<ProductState>) {
  const reads = createProductReads({
    cache,
    loads: { load: () => assert.fail('the cache has it') } as unknown as ProductLoads,
    waits: { until: find } as unknown as VersionWaits,
  });
  const { signal } = new AbortController();
  return async (id: string, minVersion?: bigint): Promise<bigint | null> => {
    const [answer] = await reads.read([{ id, minVersion, waitMs: 0 }], signal);
    return answer?.kind === 'product' ? answer.product.version : null;
  };
}
