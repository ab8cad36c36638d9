import assert from 'node:assert/strict';
import { test } from 'node:test';
import { present } from '../testing/events.ts';
import { createProductChanges } from './changes.ts';
import type { ProductState } from './read-model/read-model.ts';
import { createVersionWaits } from './version-waits.ts';

const never = new AbortController().signal;

/** A read model that holds one product, or none. */
function given(state: ProductState | null, max?: number) {
  const changes = createProductChanges();
  const model = { state, loads: 0 };
  const loads = {
    load: async () => {
      model.loads += 1;
      return [model.state];
    },
  };
  return { model, changes, waits: createVersionWaits({ loads, changes, ...(max !== undefined && { max }) }) };
}

test('a version that is there is answered at once', async () => {
  const state = present({ version: 3n });
  const { waits } = given(state);
  const { id } = state.product;
  assert.equal(await waits.until({ id, minVersion: 3n, waitMs: 60_000, signal: never }), state);
});

test('a version that another process stores is found by looking', async () => {
  const old = present();
  const { id } = old.product;
  const newer = present({ id, version: 2n });
  const { model, waits } = given(old);
  const waiting = waits.until({ id, minVersion: 2n, waitMs: 60_000, signal: never });
  await new Promise(setImmediate);
  assert.equal(waits.size(), 1);
  model.state = newer;
  assert.equal(await waiting, newer);
  assert.equal(waits.size(), 0);
});

test('a version that this process projects is answered without looking', async () => {
  const { model, changes, waits } = given(null);
  const newer = present({ version: 2n });
  const { id } = newer.product;
  const waiting = waits.until({ id, minVersion: 2n, waitMs: 60_000, signal: never });
  await new Promise(setImmediate);
  changes.publish([present({ id, version: 1n }), present()]);
  changes.publish([newer]);
  const looks = model.loads;
  assert.equal(await waiting, newer);
  assert.equal(model.loads, looks);
});

test('when the time is over the answer is what was last seen', async () => {
  const old = present();
  const { waits } = given(old);
  assert.equal(await waits.until({ id: old.product.id, minVersion: 2n, waitMs: 20, signal: never }), old);
  assert.equal(await given(null).waits.until({ id: 'x', minVersion: 2n, waitMs: 0, signal: never }), null);
});

test('a wait ends when its caller has gone', async () => {
  const { waits } = given(null);
  const gone = new AbortController();
  const waiting = waits.until({ id: 'x', minVersion: 1n, waitMs: 3_600_000, signal: gone.signal });
  gone.abort();
  assert.equal(await waiting, null);
});

test('no more may wait than are allowed', async () => {
  const { waits } = given(null, 1);
  const gone = new AbortController();
  const waiting = waits.until({ id: 'x', minVersion: 1n, waitMs: 3_600_000, signal: gone.signal });
  await assert.rejects(waits.until({ id: 'y', minVersion: 1n, waitMs: 1, signal: never }), { code: 'OVERLOADED' });
  gone.abort();
  await waiting;
  assert.equal(await waits.until({ id: 'y', minVersion: 1n, waitMs: 1, signal: never }), null);
});
