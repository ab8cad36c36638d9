import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { newCommandId, newProductId } from '@tributary/product';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import { grpcErrorCode, readinessOf } from '@tributary/service';
import { until } from '@tributary/service/testing';
import type { ReaderOptions } from './reader.ts';
import { changed, present, rejected, tombstone } from './testing/events.ts';
import { givenStores } from './testing/given-projector.ts';

/** A reader in front of a read model that is built, and empty unless the test fills it. */
async function given(t: TestContext, options: Partial<ReaderOptions> & { built?: boolean } = {}) {
  const { built = true, ...readerOptions } = options;
  const stores = await givenStores();
  t.after(() => stores.stop());
  if (built) {
    const projector = stores.project();
    await until('the read model is built', async () => (await readinessOf(projector.checks)).ready);
  }
  return { ...stores, reader: await stores.read(readerOptions) };
}

/** What a failed call tells its caller. */
async function failureOf(call: Promise<unknown>): Promise<{ kind: status; code: string | undefined; text: string }> {
  return call.then(
    () => assert.fail('the call did not fail'),
    (error) => ({ kind: error.code, code: grpcErrorCode(error), text: error.details }),
  );
}

test('a product is found, a deleted or unknown one is not', async (t) => {
  const { reader, publish, readModel } = await given(t);
  const [kept, gone] = [present(), tombstone()];
  await readModel.apply({ products: [kept, gone], outcomes: [] });
  assert.deepEqual((await reader.getProduct({ id: kept.product.id })).product, kept.product);
  for (const id of [gone.product.id, newProductId()]) {
    const { kind, code } = await failureOf(reader.getProduct({ id }));
    assert.deepEqual([kind, code], [status.NOT_FOUND, 'NOT_FOUND']);
  }
  const requests = [gone.product.id, kept.product.id, kept.product.id].map((id) => ({ id }));
  const { results } = await reader.batchGetProducts({ requests });
  assert.deepEqual(
    results.map(({ result }) => result?.$case),
    ['notFound', 'product', 'product'],
  );
  await publish([]);
});

test('a read waits for the version that it must have at least', async (t) => {
  const { reader, publish } = await given(t);
  const first = present();
  const { id } = first.product;
  await publish([changed(first)]);
  assert.equal((await reader.getProduct({ id, minVersion: 1n })).product?.version, 1n);
  const waiting = reader.getProduct({ id, minVersion: 2n, waitMs: 10_000 });
  await publish([changed(present({ id, version: 2n }))]);
  assert.equal((await waiting).product?.version, 2n);
});

test('a tombstone at that version or above is an answer', async (t) => {
  const { reader, publish } = await given(t);
  const deleted = tombstone({ version: 3n });
  await publish([changed(deleted)]);
  const requests = [{ id: deleted.product.id, minVersion: 2n, waitMs: 10_000 }];
  const { results } = await reader.batchGetProducts({ requests });
  assert.equal(results[0]?.result?.$case, 'notFound');
});

test('a version that does not come in time is a stale read, with the version that is there', async (t) => {
  const { reader, readModel } = await given(t);
  const state = present({ version: 3n });
  const { id } = state.product;
  await readModel.apply({ products: [state], outcomes: [] });
  const { kind, code, text } = await failureOf(reader.getProduct({ id, minVersion: 4n, waitMs: 20 }));
  assert.deepEqual([kind, code], [status.FAILED_PRECONDITION, 'STALE_READ']);
  assert.match(text, /3/);
  const requests = [
    { id, minVersion: 4n, waitMs: 20 },
    { id: newProductId(), minVersion: 1n, waitMs: 0 },
    { id, minVersion: 3n },
  ];
  const { results } = await reader.batchGetProducts({ requests });
  assert.deepEqual(
    results.map(({ result }) => (result?.$case === 'staleRead' ? result.value.currentVersion : result?.$case)),
    [3n, 0n, 'product'],
  );
});

test('a plain read after one with a version finds nothing older, though the cache has not been told', async (t) => {
  const { reader, readModel, cache } = await given(t);
  const old = present();
  const { id } = old.product;
  await readModel.apply({ products: [old], outcomes: [] });
  await reader.getProduct({ id });
  await until('the cache has it', async () => (await cache.get(id)).kind === 'hit');
  await readModel.apply({ products: [present({ id, version: 2n })], outcomes: [] });
  assert.equal((await reader.getProduct({ id })).product?.version, 1n, 'as the cache has it');
  assert.equal((await reader.getProduct({ id, minVersion: 2n })).product?.version, 2n);
  assert.equal((await reader.getProduct({ id })).product?.version, 2n);
});

test('a product is answered from the cache', async (t) => {
  const { reader, readModel } = await given(t);
  const state = present();
  await readModel.apply({ products: [state], outcomes: [] });
  let queries = 0;
  const { id } = state.product;
  await reader.getProduct({ id });
  const get = readModel.get;
  Object.defineProperty(readModel, 'get', {
    value: (ids: readonly string[]) => {
      queries += 1;
      return get(ids);
    },
  });
  assert.deepEqual((await reader.getProduct({ id })).product, state.product);
  assert.equal(queries, 0);
});

test('a product that was read at a certain version is answered from the cache from then on', async (t) => {
  const { reader, readModel, cache } = await given(t);
  const state = present();
  const { id } = state.product;
  await readModel.apply({ products: [state], outcomes: [] });
  assert.deepEqual((await reader.getProduct({ id, minVersion: 1n })).product, state.product);
  assert.deepEqual(await cache.get(id), { kind: 'hit', state });
});

test('a search goes to the read model, by position or by number', async (t) => {
  const { reader, readModel } = await given(t);
  const states = Array.from({ length: 5 }, (_, n) =>
    present({ name: `Kettle ${n}`, createdAtMs: 1_790_000_000_000n + BigInt(n) }),
  );
  await readModel.apply({ products: states, outcomes: [] });
  const newestFirst = states.map(({ product }) => product.id).reverse();
  const first = await reader.searchProducts({ search: 'ket', page: keyset(2), withTotal: true });
  assert.deepEqual(
    first.hits.map(({ product }) => product?.id),
    newestFirst.slice(0, 2),
  );
  assert.deepEqual([first.hasMore, first.totalCount, first.totalCountIsExact], [true, 5n, true]);
  const after = first.hits[1]?.position;
  const second = await reader.searchProducts({ search: 'ket', page: keyset(3, after), withTotal: false });
  assert.deepEqual(
    second.hits.map(({ product }) => product?.id),
    newestFirst.slice(2),
  );
  assert.deepEqual([second.hasMore, second.totalCount], [false, undefined]);
  const byNumber = await reader.searchProducts({ search: '', page: offset(2, 2), withTotal: false });
  assert.deepEqual(
    byNumber.hits.map(({ product }) => product?.id),
    newestFirst.slice(2, 4),
  );
  for (const search of ['.*', '(((', '%', '"', '🫖']) {
    const nothing = await reader.searchProducts({ search, withTotal: true });
    assert.deepEqual([nothing.hits, nothing.hasMore, nothing.totalCount], [[], false, 0n]);
  }
});

const keyset = (first: number, after?: object) => ({ $case: 'keyset', value: { first, after } }) as never;
const offset = (page: number, size: number) => ({ $case: 'offset', value: { page, size } }) as never;

test('bad input is refused with what is wrong', async (t) => {
  const { reader } = await given(t);
  const id = newProductId();
  const position = { rank: 0, createdAtMs: 1n, id };
  const calls: Promise<unknown>[] = [
    reader.getProduct({ id: 'x' }),
    reader.getProduct({ id, minVersion: 0n }),
    reader.getProduct({ id, minVersion: 1n, waitMs: 10_001 }),
    reader.getProduct({ id, waitMs: -1 }),
    reader.batchGetProducts({ requests: Array.from({ length: 101 }, () => ({ id })) }),
    reader.searchProducts({ search: 'x'.repeat(201), withTotal: false }),
    reader.searchProducts({ search: 'a\u0000', withTotal: false }),
    ...[keyset(0), keyset(101), offset(0, 10), offset(-1, 10), offset(1, 0), offset(1, 101), offset(101, 100)].map(
      (page) => reader.searchProducts({ search: '', page, withTotal: false }),
    ),
    reader.searchProducts({ search: '', page: keyset(1, { ...position, rank: 2 }), withTotal: false }),
    reader.searchProducts({ search: '', page: keyset(1, { ...position, id: 'x' }), withTotal: false }),
    reader.getCommand({ commandId: 'x' }),
    reader.getCommand({ commandId: randomUUID() }),
  ];
  for (const refused of calls) {
    const { kind, code, text } = await failureOf(refused);
    assert.deepEqual([kind, code], [status.INVALID_ARGUMENT, 'BAD_USER_INPUT']);
    assert.notEqual(text, '');
  }
});

test('what is known of a command: its outcome, nothing yet, or nothing any more', async (t) => {
  const { reader, publish, readModel } = await given(t, { outcomesRetentionMs: 60_000 });
  const refused = rejected();
  await publish([refused]);
  await until('it is projected', async () => (await readModel.outcome(refused.commandId)) !== null);
  const known = (await reader.getCommand({ commandId: refused.commandId })).command;
  assert.equal(known?.state, CommandState.COMMAND_STATE_REJECTED);
  const pending = newCommandId();
  const { command } = await reader.getCommand({ commandId: pending.toUpperCase() });
  assert.deepEqual([command?.commandId, command?.state], [pending, CommandState.COMMAND_STATE_PENDING]);
  const expired = '0199c0de-0000-7000-8000-000000000001';
  assert.equal((await reader.getCommand({ commandId: expired })).command, undefined);
});

test('while there is no read model, reads say so and the check too', async (t) => {
  const { reader } = await given(t, { built: false });
  for (const refused of [
    reader.getProduct({ id: newProductId() }),
    reader.searchProducts({ search: '', withTotal: false }),
    reader.getCommand({ commandId: newCommandId() }),
  ]) {
    const { kind, code } = await failureOf(refused);
    assert.deepEqual([kind, code], [status.UNAVAILABLE, 'READ_MODEL_REBUILDING']);
  }
});

test('more waiting reads than allowed are refused', async (t) => {
  const { reader } = await given(t, { maxWaitingReads: 1 });
  const waiting = failureOf(reader.getProduct({ id: newProductId(), minVersion: 1n, waitMs: 300 }));
  const refused = await failureOf(
    reader.batchGetProducts({
      requests: [1, 2].map(() => ({ id: newProductId(), minVersion: 1n, waitMs: 100 })),
    }),
  );
  assert.deepEqual([refused.kind, refused.code], [status.RESOURCE_EXHAUSTED, 'OVERLOADED']);
  assert.equal((await waiting).code, 'STALE_READ');
});
