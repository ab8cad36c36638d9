import assert from 'node:assert/strict';
import { test } from 'node:test';
import { present } from '../testing/events.ts';
import { createProductLoads } from './loads.ts';
import type { ProductState } from './read-model/read-model.ts';

type States = ReadonlyMap<string, ProductState>;

/** A read model whose answers are the test's. */
function given() {
  const queries: { ids: readonly string[]; answer: PromiseWithResolvers<States> }[] = [];
  const loads = createProductLoads({
    get(ids) {
      const answer = Promise.withResolvers<States>();
      queries.push({ ids, answer });
      return answer.promise;
    },
  });
  const answer = (query: number, ...states: ProductState[]) =>
    queries[query]?.answer.resolve(new Map(states.map((state) => [state.product.id, state])));
  return { loads, queries, answer };
}

test('what is asked for in one go is one query, each product once', async () => {
  const { loads, queries, answer } = given();
  const [a, b] = [present(), present()];
  const ids = [a.product.id, b.product.id, a.product.id, 'missing'];
  const loaded = loads.load(ids);
  assert.deepEqual(queries[0]?.ids, [a.product.id, b.product.id, 'missing']);
  answer(0, a, b);
  assert.deepEqual(await loaded, [a, b, a, null]);
  assert.equal(queries.length, 1);
});

test('however many ask while a product is being loaded, one more query follows, begun after they asked', async () => {
  const { loads, queries, answer } = given();
  const old = present();
  const { id } = old.product;
  const newer = present({ id, version: 2n });
  const first = loads.load([id]);
  const later = [loads.load([id]), loads.load([id]), loads.load([id])];
  assert.equal(queries.length, 1);
  answer(0, old);
  assert.deepEqual(await first, [old]);
  await new Promise(setImmediate);
  assert.equal(queries.length, 2);
  answer(1, newer);
  for (const loaded of later) assert.deepEqual(await loaded, [newer]);
  const again = loads.load([id]);
  answer(2, newer);
  assert.deepEqual(await again, [newer]);
});

test('a query that fails fails those that asked for it, and the next one is made all the same', async () => {
  const { loads, queries, answer } = given();
  const state = present();
  const first = loads.load([state.product.id]);
  const next = loads.load([state.product.id]);
  queries[0]?.answer.reject(new Error('away'));
  await assert.rejects(first, { message: 'away' });
  await new Promise(setImmediate);
  answer(1, state);
  assert.deepEqual(await next, [state]);
});
