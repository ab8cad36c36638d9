import assert from 'node:assert/strict';
import { test } from 'node:test';
import { present } from '../testing/events.ts';
import type { ProductCache } from './cache/cache.ts';
import { createMissedWrites } from './missed-writes.ts';
import type { ProductState, ReadModel } from './read-model/read-model.ts';

/** A cache that can be away, before a read model that holds what it is given. */
function given(options: { max?: number } = {}) {
  const clock = { nowMs: 1_000_000 };
  const cached = new Map<string, ProductState>();
  const cache = {
    isAway: true,
    ttlMs: 600_000,
    async put(states: readonly ProductState[]) {
      if (this.isAway) return states.map(({ product }) => product.id);
      for (const state of states) cached.set(state.product.id, state);
      return [];
    },
  };
  const model = new Map<string, ProductState>();
  const readModel = {
    get: async (ids: readonly string[]) => new Map(ids.flatMap((id) => (model.has(id) ? [[id, model.get(id)]] : []))),
  };
  const missed = createMissedWrites({
    readModel: readModel as unknown as ReadModel,
    cache: cache as unknown as ProductCache,
    nowMs: () => clock.nowMs,
    ...options,
  });
  const part = (partition: number, firstOffset: bigint, nextOffset: bigint) => ({ partition, firstOffset, nextOffset });
  return { clock, cache, cached, model, missed, part };
}

test('nothing missed: the position is that after the part', () => {
  const { missed, part } = given();
  assert.equal(missed.note(part(0, 5n, 9n), []), 9n);
});

test('no position past the first missed write is stored, until it is written as it stands now', async () => {
  const { cache, cached, model, missed, part } = given();
  const state = present({ version: 7n });
  model.set(state.product.id, state);
  assert.equal(missed.note(part(0, 5n, 9n), [state.product.id]), 5n);
  assert.equal(missed.note(part(0, 9n, 12n), []), 5n);
  assert.equal(missed.note(part(0, 12n, 13n), [state.product.id]), 5n, 'missed again');
  assert.equal(missed.note(part(1, 2n, 3n), []), 3n, 'of another partition');
  assert.deepEqual(await missed.rewrite(), new Map(), 'the cache is still away');
  cache.isAway = false;
  assert.deepEqual(await missed.rewrite(), new Map([[0, 13n]]));
  assert.equal(cached.get(state.product.id), state);
  assert.equal(missed.size(), 0);
  assert.equal(missed.note(part(0, 13n, 20n), []), 20n);
});

test('the position moves to what is still missed', async () => {
  const { cache, missed, model, part, cached } = given();
  const [first, second] = [present(), present()];
  model.set(first.product.id, first).set(second.product.id, second);
  missed.note(part(0, 1n, 2n), [first.product.id]);
  missed.note(part(0, 2n, 3n), [second.product.id]);
  cache.put = async (states) => {
    for (const state of states) if (state === first) cached.set(state.product.id, state);
    return [second.product.id];
  };
  assert.deepEqual(await missed.rewrite(), new Map([[0, 2n]]));
});

test('a change that is missed while the cache is told of the one before stays missed', async () => {
  const { cache, missed, model, part } = given();
  const state = present();
  const { id } = state.product;
  model.set(id, state);
  missed.note(part(0, 1n, 2n), [id]);
  cache.put = async () => {
    missed.note(part(0, 2n, 3n), [id]);
    return [];
  };
  assert.deepEqual(await missed.rewrite(), new Map());
  assert.equal(missed.size(), 1);
});

test('when the time of every entry is over there is nothing left to tell', async () => {
  const { clock, missed, part } = given();
  missed.note(part(0, 5n, 9n), ['a']);
  clock.nowMs += 600_000;
  assert.equal(missed.note(part(0, 9n, 10n), []), 5n, 'a reader may have filled the entry a little later');
  clock.nowMs += 10_001;
  assert.deepEqual(await missed.rewrite(), new Map([[0, 10n]]));
});

test('a partition that is read again from its stored position begins anew', async () => {
  const { missed, part } = given();
  missed.note(part(0, 5n, 9n), ['a']);
  missed.forget([0]);
  assert.equal(missed.size(), 0);
  assert.deepEqual(await missed.rewrite(), new Map());
});

test('a partition that was lost is left to its new owner: no position is put back', async () => {
  const { clock, cache, cached, model, missed, part } = given();
  const [state, another] = [present(), present()];
  for (const one of [state, another]) model.set(one.product.id, one);
  let isLost = false;
  missed.note({ ...part(0, 5n, 9n), isStale: () => isLost }, [state.product.id]);
  missed.note(part(0, 9n, 10n), [another.product.id]);
  cache.isAway = false;
  isLost = true;
  assert.deepEqual(await missed.rewrite(), new Map());
  assert.equal(cached.size, 0);
  isLost = false;
  const { put } = cache;
  cache.put = async (states) => {
    isLost = true;
    return put.call(cache, states);
  };
  assert.deepEqual(await missed.rewrite(), new Map(), 'also when it is lost meanwhile');
  missed.note(part(0, 10n, 11n), [state.product.id]);
  clock.nowMs += 610_001;
  assert.deepEqual(await missed.rewrite(), new Map());
  assert.equal(missed.size(), 0, 'nor is it remembered longer than the cache may remember');
});

test('no more is remembered than is allowed', () => {
  const { missed, part } = given({ max: 2 });
  missed.note(part(0, 1n, 2n), ['a', 'b']);
  assert.throws(() => missed.note(part(0, 2n, 3n), ['c']), { code: 'CACHE_BEHIND' });
});
