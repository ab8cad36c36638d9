import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { OperationError, readinessOf } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { cached } from '../testing/cached.ts';
import { changed, present } from '../testing/events.ts';
import { givenStores } from '../testing/given-projector.ts';
import { rebuildUnderLoad, operate as run } from '../testing/under-load.ts';
import { createWriteSide } from '../testing/write-side.ts';
import type { GenerationsTold, RebuiltTold } from './operations.ts';

/** Two projectors over one read model that has been built, with a write side that exports what it has published. */
async function given(t: TestContext) {
  const stores = await givenStores();
  t.after(() => stores.stop());
  const writeSide = createWriteSide(stores.publish);
  stores.writer.items = () => writeSide.items();
  const ids = await Promise.all(Array.from({ length: 20 }, () => writeSide.change()));
  await writeSide.delete(ids[0] as string);
  await writeSide.refuse();
  const projectors = [stores.project(), stores.project()];
  for (const { checks } of projectors) await until('it is ready', async () => (await readinessOf(checks)).ready);
  const untilProjected = () =>
    until('all is projected', async () => (await status()).generations.every(({ lag }) => lag === 0));
  const status = () => run<GenerationsTold>(projectors[0], 'status');
  await untilProjected();
  return { ...stores, writeSide, ids: ids.slice(1), projectors, status, untilProjected };
}

const rejectsWith = (code: string, promise: Promise<unknown>) =>
  assert.rejects(promise, (error) => error instanceof OperationError && error.code === code);

const statesOf = ({ generations }: GenerationsTold) => generations.map(({ state }) => state).sort();

test('a rebuild yields the same content as the live one, serves it, and keeps the old one', async (t) => {
  const { projectors, status, writeSide, readModel, ids, untilProjected } = await given(t);
  const before = await status();
  assert.deepEqual(statesOf(before), ['serving']);
  const reports: { phase: string }[] = [];
  const rebuilt = await run<RebuiltTold>(
    projectors[0],
    'rebuild',
    {},
    { progress: (report) => reports.push(report as { phase: string }) },
  );
  assert.equal(rebuilt.agrees, true);
  for (const { left, right } of [rebuilt.products, rebuilt.tombstones, rebuilt.outcomes]) assert.deepEqual(left, right);
  assert.deepEqual(
    [rebuilt.products.left.count, rebuilt.tombstones.left.count, rebuilt.outcomes.left.count],
    [19, 1, 22],
  );
  assert.deepEqual(
    reports.map(({ phase }) => phase),
    ['catching up', 'checking', 'switching'],
  );
  const after = await status();
  assert.deepEqual(statesOf(after), ['kept', 'serving']);
  assert.equal(after.switches, 1);
  assert.equal(after.generations.find(({ state }) => state === 'serving')?.name, rebuilt.generation);
  assert.equal(rebuilt.previous, before.generations[0]?.name);

  await writeSide.change(ids[0]);
  await untilProjected();
  for (const { name } of after.generations) {
    const states = await readModel.generation(name).productsOf(ids);
    assert.deepEqual(states.get(ids[0] as string), writeSide.states.get(ids[0] as string));
  }
});

test('under load, with switches to and fro and rebuilds, no read of any replica goes back', async (t) => {
  const { projectors, writeSide, ids, read, status, untilProjected } = await given(t);
  const readers = [await read(), await read()];
  const told = await rebuildUnderLoad({ projectors, readers, writeSide, ids, cacheLagMs: 0 });
  for (const { agrees, examples } of told) assert.equal(agrees, true, JSON.stringify(examples));
  assert.equal((await status()).switches, 5);
  await untilProjected();
  const verified = await run<RebuiltTold>(projectors[0], 'verify');
  for (const { left, right } of [verified.products, verified.tombstones, verified.outcomes])
    assert.deepEqual(left, right);
  assert.equal(verified.settled, 0);
});

test('a new generation that is not as the live one does not serve, is told of, and leaves nothing', async (t) => {
  const { writer, projectors, writeSide, ids, status } = await given(t);
  const [altered, missing] = ids as [string, string];
  writer.items = () =>
    writeSide.items().flatMap(({ item }) => {
      if (item?.$case === 'product' && item.value.id === missing) return [];
      if (item?.$case === 'product' && item.value.id === altered)
        return [{ item: { $case: 'product', value: { ...item.value, price: '7' } } }];
      return [{ item }];
    });
  const before = await status();
  await assert.rejects(run(projectors[0], 'rebuild'), (error) => {
    assert(error instanceof OperationError);
    assert.equal(error.code, 'CHECK_FAILED');
    assert(error.message.includes(`product ${altered}: 1 where it serves, 1 in the new one`), error.message);
    assert(error.message.includes(`product ${missing}: 1 where it serves, missing in the new one`), error.message);
    return true;
  });
  assert.deepEqual(await status(), before);
  const verified = await run<RebuiltTold>(projectors[0], 'verify');
  assert.deepEqual([verified.agrees, verified.differing, verified.examples.length], [false, 2, 2]);
  assert.deepEqual(await status(), before);
  const forced = await run<RebuiltTold>(projectors[0], 'rebuild', { acceptDifferences: true });
  assert.equal((await status()).generations.find(({ state }) => state === 'serving')?.name, forced.generation);
});

test('what the live one lacks is found too', async (t) => {
  const { readModel, writer, projectors, writeSide } = await given(t);
  const lost = present();
  writer.items = () => [{ item: { $case: 'product', value: lost.product } }, ...writeSide.items()];
  const { differing, examples } = await run<RebuiltTold>(projectors[0], 'verify');
  assert.deepEqual([differing, examples], [1, [{ kind: 'product', id: lost.product.id, serving: null, other: '1' }]]);
  assert.equal((await readModel.get([lost.product.id])).size, 0);
});

test('a cache that cannot be cleared refuses every switch', async (t) => {
  const { cache, projectors, status } = await given(t);
  await run(projectors[0], 'rebuild');
  const before = await status();
  const { clear } = cache;
  cache.clear = async () => false;
  await rejectsWith('CACHE_UNAVAILABLE', run(projectors[0], 'rollback'));
  assert.deepEqual(await status(), before);
  await rejectsWith('CACHE_UNAVAILABLE', run(projectors[0], 'rebuild'));
  assert.deepEqual(statesOf(await status()), ['serving']);
  cache.clear = clear;
  const trouble = cache.trouble;
  cache.trouble = () => 'does not answer';
  await rejectsWith('CACHE_UNAVAILABLE', run(projectors[0], 'rebuild'));
  cache.trouble = trouble;
});

test('what is cached from the old one is not read once the new one serves', async (t) => {
  const { cache, projectors, ids } = await given(t);
  const id = ids[0] as string;
  await cached(cache, present({ id, version: 9n }));
  await run(projectors[0], 'rebuild');
  assert.equal((await cache.get(id)).kind, 'miss');
});

test('nothing to roll back to is said; what is dropped cannot be gone back to', async (t) => {
  const { projectors, status } = await given(t);
  await rejectsWith('NOTHING_TO_ROLL_BACK_TO', run(projectors[0], 'rollback'));
  const { previous } = await run<RebuiltTold>(projectors[0], 'rebuild');
  assert.deepEqual(await run(projectors[0], 'drop'), { dropped: [previous] });
  assert.deepEqual(await run(projectors[0], 'drop'), { dropped: [] });
  await rejectsWith('NOTHING_TO_ROLL_BACK_TO', run(projectors[0], 'rollback'));
  assert.deepEqual(statesOf(await status()), ['serving']);
});

test('a rebuild that is given up, or whose export breaks, leaves nothing, and the next one is whole', async (t) => {
  const { writer, writeSide, projectors, status } = await given(t);
  const before = await status();
  const calling = new AbortController();
  writer.items = async function* () {
    yield* writeSide.items().slice(0, 3);
    calling.abort();
    await new Promise(() => {});
  };
  await assert.rejects(run(projectors[0], 'rebuild', {}, { signal: calling.signal }));
  assert.deepEqual(await status(), before);
  writer.items = async function* () {
    yield* writeSide.items().slice(0, 3);
    throw new Error('broken');
  };
  await rejectsWith('EXPORT_FAILED', run(projectors[0], 'rebuild'));
  assert.deepEqual(await status(), before);
  writer.items = () => writeSide.items();
  assert.equal((await run<RebuiltTold>(projectors[1], 'rebuild')).agrees, true);
});

test('one changes the generations at a time', async (t) => {
  const { writer, writeSide, projectors } = await given(t);
  const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  writer.items = async function* () {
    begun.resolve();
    await released.promise;
    yield* writeSide.items();
  };
  const rebuilding = run(projectors[0], 'rebuild');
  await begun.promise;
  await rejectsWith('READ_MODEL_BUSY', run(projectors[1], 'rollback'));
  released.resolve();
  await rebuilding;
});

test('a store that comes back empty ends a rebuild, and is built anew', async (t) => {
  const { writer, writeSide, projectors, loseReadModel, status, ids, readModel } = await given(t);
  const [begun, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  writer.items = async function* () {
    begun.resolve();
    await released.promise;
    yield* writeSide.items();
  };
  const rebuilding = run(projectors[0], 'rebuild');
  await begun.promise;
  await loseReadModel();
  released.resolve();
  await assert.rejects(rebuilding);
  await until('it is built anew', async () => (await readModel.get(ids).catch(() => new Map())).size === ids.length);
  assert.deepEqual(statesOf(await status()), ['serving']);
});

test('a generation that was passed by is caught up, one that its builder left is dropped', async (t) => {
  const { projectors, writeSide, readModel, untilProjected, status } = await given(t);
  await run(projectors[0], 'rebuild');
  const lease = await readModel.takeLease(1_000);
  const left = await lease?.create();
  await lease?.maintain(left as string, new Map());
  await lease?.release();
  await until('what was left is dropped', async () => (await readModel.generations())?.unproven.size === 0);
  // As by a projector that does not know yet that the old one is maintained.
  const { apply } = readModel;
  readModel.apply = (changes) => apply(changes);
  const id = await writeSide.change();
  await until('it is projected', async () => (await readModel.get([id])).size === 1);
  readModel.apply = apply;
  assert.deepEqual(
    (await status()).generations.map(({ state, lag }) => state === 'kept' && lag),
    [1, false],
  );
  await untilProjected();
  assert.deepEqual(statesOf(await status()), ['kept', 'serving']);
});

test('an event that cannot be projected holds up no catching up', async (t) => {
  const { projectors, writer, writeSide, publish, publishRaw, deadLetters } = await given(t);
  writer.items = async function* () {
    yield* writeSide.items();
    const state = present();
    await publish([changed(state)]);
    await publishRaw(Buffer.from([255]), state.product.id);
    await publish([changed(present({ id: state.product.id, version: 2n }))]);
  };
  assert.equal((await run<RebuiltTold>(projectors[0], 'rebuild')).agrees, true);
  assert.equal(await deadLetters(), 1);
});

test('an unknown input is refused', async (t) => {
  const { projectors } = await given(t);
  await rejectsWith('BAD_INPUT', run(projectors[0], 'rebuild', { force: true }));
});
