import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { outcomeOf } from '@tributary/product';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import type { ExportedItem } from '@tributary/proto/gen/products/v1/writer.ts';
import { readinessOf } from '@tributary/service';
import { until } from '@tributary/service/testing';
import type { ProductState } from './product/read-model/index.ts';
import { cached } from './testing/cached.ts';
import { changed, present, rejected, tombstone } from './testing/events.ts';
import { givenStores } from './testing/given-projector.ts';

async function given(t: TestContext) {
  const stores = await givenStores();
  t.after(() => stores.stop());
  const stateOf = async (id: string) => (await stores.readModel.get([id])).get(id) ?? null;
  return { ...stores, stateOf };
}

function exported(state: ProductState): ExportedItem {
  return { item: { $case: state.deleted ? 'tombstone' : 'product', value: state.product } };
}

const isReady = async (parts: { checks: Parameters<typeof readinessOf>[0] }) => (await readinessOf(parts.checks)).ready;

test('an empty read model is built from what the write side exports, then follows the events', async (t) => {
  const { writer, project, publish, readModel, stateOf } = await given(t);
  const [kept, deleted] = [present({ version: 4n }), tombstone({ version: 2n })];
  const refused = rejected();
  writer.items = () => [
    exported(kept),
    exported(deleted),
    { item: { $case: 'outcome', value: { status: outcomeOf(refused), decidedAtMs: refused.occurredAtMs } } },
  ];
  const projector = project();
  await until('it is ready', () => isReady(projector));
  assert.deepEqual(await stateOf(kept.product.id), kept);
  assert.deepEqual(await stateOf(deleted.product.id), deleted);
  assert.equal((await readModel.outcome(refused.commandId))?.state, CommandState.COMMAND_STATE_REJECTED);

  const newer = present({ id: kept.product.id, version: 5n });
  const event = changed(newer);
  await publish([event]);
  await until('it is projected', async () => (await readModel.outcome(event.commandId)) !== null);
  assert.deepEqual(await stateOf(newer.product.id), newer);
  assert.equal(writer.exports, 1);
});

test('until it is built it is not ready and says so', async (t) => {
  const { writer, project } = await given(t);
  const released = Promise.withResolvers<void>();
  writer.items = async function* () {
    await released.promise;
    yield exported(present());
  };
  const projector = project();
  await until('the export has begun', () => writer.exports === 1);
  const { ready, checks } = await readinessOf(projector.checks);
  assert.equal(ready, false);
  assert.equal(checks['read model'], 'is being built');
  released.resolve();
  await until('it is ready', () => isReady(projector));
});

test('what is published while it is being built is not lost', async (t) => {
  const { writer, project, publish, stateOf } = await given(t);
  const early = present();
  const late = present();
  await publish([changed(early)]);
  writer.items = async function* () {
    await publish([changed(late)]);
    yield exported(early);
  };
  const projector = project();
  await until('it is ready', () => isReady(projector));
  await until('the event is projected', async () => (await stateOf(late.product.id)) !== null);
  assert.deepEqual(await stateOf(early.product.id), early);
});

test('an export that breaks leaves nothing to read, and the next one is whole', async (t) => {
  const { writer, project, readModel, stateOf } = await given(t);
  const [first, second] = [present(), present()];
  writer.items = async function* () {
    yield exported(first);
    if (writer.exports === 1) throw new Error('broken');
    assert.equal(await readModel.positions(), null);
    yield exported(second);
  };
  const projector = project();
  await until('it is ready', () => isReady(projector));
  assert.deepEqual(await stateOf(first.product.id), first);
  assert.deepEqual(await stateOf(second.product.id), second);
});

test('a store that comes back empty is built anew, without an event', async (t) => {
  const { writer, project, loseReadModel, stateOf } = await given(t);
  const projector = project();
  await until('it is ready', () => isReady(projector));
  const state = present();
  writer.items = () => [exported(state)];
  await loseReadModel();
  await until('it is there again', async () => (await stateOf(state.product.id).catch(() => null)) !== null);
  assert.equal(writer.exports, 2);
});

test('what the cache held before a build is not read after it: no event will tell of what the export knows', async (t) => {
  const { writer, cache, project, loseReadModel } = await given(t);
  const projector = project();
  await until('it is ready', () => isReady(projector));
  const old = present();
  const { id } = old.product;
  await cached(cache, old);
  writer.items = () => [exported(present({ id, version: 2n }))];
  await loseReadModel();
  await until('it is built anew', async () => writer.exports === 2 && (await isReady(projector)));
  assert.equal((await cache.get(id)).kind, 'miss');
});

test('a cache that does not answer holds up no build, and is cleared later', async (t) => {
  const { writer, cache, project } = await given(t);
  const { clear } = cache;
  cache.clear = async () => false;
  const old = present();
  await cached(cache, old);
  writer.items = () => [exported(present({ id: old.product.id, version: 2n }))];
  const projector = project();
  await until('it is ready', () => isReady(projector));
  assert.equal((await cache.get(old.product.id)).kind, 'hit');
  cache.clear = clear;
  await until('it is cleared', async () => (await cache.get(old.product.id)).kind === 'miss');
});

test('events go on where they stood: also those that met no read model', async (t) => {
  const { writer, project, loseReadModel, publish, stateOf } = await given(t);
  const projector = project();
  await until('it is ready', () => isReady(projector));
  const released = Promise.withResolvers<void>();
  writer.items = async function* () {
    await released.promise;
    yield* [];
  };
  await loseReadModel();
  const states = Array.from({ length: 20 }, () => present());
  await publish(states.map(changed));
  released.resolve();
  for (const state of states)
    await until('it is projected', async () => (await stateOf(state.product.id).catch(() => null)) !== null);
});

test('an event that cannot be projected becomes a dead letter; those around it are projected', async (t) => {
  const { project, publish, publishRaw, deadLetters, stateOf } = await given(t);
  const projector = project();
  await until('it is ready', () => isReady(projector));
  const [before, after] = [present(), present()];
  await publish([changed(before)]);
  await publishRaw(Buffer.from([255]), before.product.id);
  await publish([changed(after), changed(present({ id: before.product.id, version: 2n }))]);
  await until('all is projected', async () => (await stateOf(before.product.id))?.product.version === 2n);
  assert.deepEqual(await stateOf(after.product.id), after);
  assert.equal(await deadLetters(), 1);
});

test('a projector that starts again goes on from its stored positions and builds nothing', async (t) => {
  const { writer, project, publish, stateOf } = await given(t);
  const projector = project();
  await until('it is ready', () => isReady(projector));
  const first = present();
  await publish([changed(first)]);
  await until('it is projected', async () => (await stateOf(first.product.id)) !== null);
  await projector.stop();
  const second = present();
  await publish([changed(second)]);
  project();
  await until('the rest is projected', async () => (await stateOf(second.product.id)) !== null);
  assert.equal(writer.exports, 1);
});

test('no position past what the cache was not told is stored, and it is told later', async (t) => {
  const { cache, project, publish, readModel, stateOf } = await given(t);
  const projector = project();
  await until('it is ready', () => isReady(projector));
  const before = await readModel.positions();
  const { put } = cache;
  cache.put = async (states) => states.map(({ product }) => product.id);
  const state = present();
  await publish([changed(state)]);
  await until('it is projected', async () => (await stateOf(state.product.id)) !== null);
  await cached(cache, state);
  await publish([changed(present({ id: state.product.id, version: 2n }))]);
  await until('it is projected', async () => (await stateOf(state.product.id))?.product.version === 2n);
  assert.deepEqual(await readModel.positions(), before);
  cache.put = put;
  await until('the positions move', async () => sum(await readModel.positions()) === sum(before) + 2n);
  const answer = await cache.get(state.product.id);
  assert(answer.kind === 'hit' && answer.state.product.version === 2n);
});

test('it is not ready while the event log does not answer, and says so', async (t) => {
  const { log, project } = await given(t);
  const { consume } = log;
  let isReading = false;
  log.consume = async (options) => Object.assign(await consume(options), { isReading: () => isReading });
  const projector = project();
  const reasons = async () => Object.values((await readinessOf(projector.checks)).checks);
  await until('it says why', async () => (await reasons()).includes('the event log does not answer'));
  isReading = true;
  assert.equal(await isReady(projector), true);
});

test('two projectors share the work and nothing goes back', async (t) => {
  const { project, publish, stateOf } = await given(t);
  const projectors = [project(), project()];
  await until('both are ready', async () => (await Promise.all(projectors.map(isReady))).every(Boolean));
  const ids = Array.from({ length: 10 }, () => present().product.id);
  for (let version = 1n; version <= 20n; version += 1n)
    await publish(ids.map((id) => changed(present({ id, version }))));
  await projectors[0]?.stop();
  for (const id of ids)
    await until('the last version is there', async () => (await stateOf(id))?.product.version === 20n);
});

function sum(positions: ReadonlyMap<number, bigint> | null): bigint {
  return [...(positions ?? [])].reduce((total, [, offset]) => total + offset, 0n);
}
