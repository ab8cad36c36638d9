import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { until } from '@tributary/service/testing';
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

    test('what was put is found by everyone, tombstones too', async (t) => {
      const { cache, replica } = await given(t);
      const states = [
        present({ version: 3_000_000_000n, price: '99999999999.9999' }),
        tombstone({ version: 2n }),
        present({ name: '🫖'.repeat(250), description: '🫖'.repeat(5_000) }),
      ];
      assert.deepEqual(await cache.put(states), []);
      for (const state of states) {
        assert.deepEqual(await cache.get(state.product.id), { kind: 'hit', state });
        assert.deepEqual(await replica.get(state.product.id), { kind: 'hit', state });
      }
    });

    test('an older state never replaces a newer one', async (t) => {
      const { cache, replica } = await given(t);
      const newest = present({ version: 10n });
      const { id } = newest.product;
      await cache.put([newest]);
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
      // 1 to 40, each far from the one before it.
      const versions = Array.from({ length: 40 }, (_, index) => BigInt(((index * 17) % 40) + 1));
      await Promise.all(versions.map((version, index) => [cache, replica][index % 2]?.put([present({ id, version })])));
      assert.equal(versionOf(await cache.get(id)), 40n);
    });

    test('many states are put at once', async (t) => {
      const { cache, replica } = await given(t);
      const states = Array.from({ length: 500 }, () => present());
      assert.deepEqual(await cache.put(states), []);
      const answers = await Promise.all(states.map(({ product }) => replica.get(product.id)));
      assert(answers.every(({ kind }) => kind === 'hit'));
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
      await replica.fill(id, state, 'another lease');
      assert.equal((await cache.get(id)).kind, 'miss');
      await cache.fill(id, state, leases[0] ?? '');
      assert.deepEqual(await replica.get(id), { kind: 'hit', state });
    });

    test('a write ends the lease: a reader cannot bring back what it read before', async (t) => {
      const { cache, replica } = await given(t);
      const old = present();
      const { id } = old.product;
      const lease = await leaseOf(cache, id);
      const newer = present({ id, version: 2n });
      await replica.put([newer]);
      await cache.fill(id, old, lease);
      assert.deepEqual(await cache.get(id), { kind: 'hit', state: newer });
    });

    test('a write and a fill that race end with the write, whichever is first', async (t) => {
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
      assert.deepEqual(new Set(await Promise.all(ended)), new Set([2n]));
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
      const [old, newer] = [present(), present({ version: 2n })];
      const { id } = old.product;
      await cache.put([old]);
      const state = { ...newer, product: { ...newer.product, id } };
      const notMeant = () => assert.fail('the cache has it');
      const readsOver = (over: ProductCache) =>
        createProductReads({
          cache: over,
          loads: { load: notMeant } as unknown as ProductLoads,
          waits: { until: async () => state } as unknown as VersionWaits,
        });
      const { signal } = new AbortController();
      const read = async (over: ProductCache, minVersion?: bigint) => {
        const [answer] = await readsOver(over).read([{ id, minVersion, waitMs: 0 }], signal);
        return answer?.kind === 'product' ? answer.product.version : null;
      };
      assert.equal(await read(cache), 1n);
      assert.equal(await read(replica, 2n), 2n);
      assert.equal(await read(replica), 2n);
      assert.equal(await read(cache), 2n);
    });

    test('a cleared cache holds nothing and has ended every lease', async (t) => {
      const { cache, replica } = await given(t);
      const states = Array.from({ length: 2_500 }, () => present());
      await cache.put(states);
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

    test('an entry lives for its time, put or filled, a tombstone too', async (t) => {
      const { cache } = await given(t, { ttlMs: 500, leaseMs: 600_000 });
      assert.equal(cache.ttlMs, 500);
      const states: ProductState[] = [present(), tombstone()];
      const filled = present();
      const lease = await leaseOf(cache, filled.product.id);
      await cache.put(states);
      await cache.fill(filled.product.id, filled, lease);
      const kinds = () =>
        Promise.all([...states, filled].map(async ({ product }) => (await cache.get(product.id)).kind));
      assert.deepEqual(await kinds(), ['hit', 'hit', 'hit']);
      await until('all are forgotten', async () => (await kinds()).every((kind) => kind === 'miss'));
    });

    test('it has no trouble', async (t) => {
      const { cache } = await given(t);
      assert.equal(cache.trouble(), null);
    });
  });
}

async function leaseOf(cache: ProductCache, id: string): Promise<string> {
  const answer = await cache.get(id);
  assert(answer.kind === 'miss' && answer.lease !== null, 'a lease is given');
  return answer.lease;
}

function versionOf(answer: Awaited<ReturnType<ProductCache['get']>>): bigint | null {
  return answer.kind === 'hit' ? answer.state.product.version : null;
}
