import assert from 'node:assert/strict';
import { after, describe, type TestContext, test } from 'node:test';
import { engineAddresses, freePort, uniqueName } from '@tributary/engines';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { type Collection, type Db, MongoClient } from 'mongodb';
import { commandId, committed, present, productId, searchFor } from '../contract/samples.ts';
import { rejectsWith } from '../contract/store.ts';
import { readModelContract } from '../contract.ts';
import type { Build, GenerationsLease, ProductState, ReadModel } from '../read-model.ts';
import { documentOf, type ProductDocument } from './documents.ts';
import { openGeneration } from './generation.ts';
import { createMongoReadModel } from './index.ts';
import { ensureIndexes } from './indexes.ts';
import { createProxy } from './proxy.ts';

const { mongoUrl: url } = await engineAddresses(['mongo']);
const client = new MongoClient(url, { useBigInt64: true });
after(() => client.close());
const logger = silentLogger();

readModelContract('MongoDB', async () => {
  const database = uniqueName('read-model');
  const opened: ReadModel[] = [];
  return {
    open: async () => {
      const readModel = createMongoReadModel({ url, database, logger });
      opened.push(readModel);
      return readModel;
    },
    replicas: true,
    stop: async () => {
      await Promise.all(opened.map((one) => one.close()));
      await client.db(database).dropDatabase();
    },
  };
});

function newDatabase(t: TestContext) {
  const name = uniqueName('read-model');
  const database = client.db(name);
  t.after(() => database.dropDatabase());
  const open = (at = url) => {
    const readModel = createMongoReadModel({ url: at, database: name, logger });
    t.after(() => readModel.close());
    return readModel;
  };
  const collections = async () => (await database.listCollections().toArray()).map((one) => one.name).sort();
  return { database, open, collections };
}

async function beginBuild(readModel: ReadModel): Promise<Build> {
  const build = await readModel.beginBuild(60_000);
  assert(build);
  return build;
}

async function buildWith(readModel: ReadModel, numbers: number[], positions: [number, bigint][]): Promise<void> {
  const build = await beginBuild(readModel);
  await build.add({ products: numbers.map((number) => present(number)), outcomes: numbers.map((n) => committed(n)) });
  await build.publish(new Map(positions));
}

describe('a store that lost its data', () => {
  test('says NOT_BUILT everywhere, is not half filled, and can be built anew', async (t) => {
    const { database, open, collections } = newDatabase(t);
    const readModel = open();
    await buildWith(readModel, [1, 2], [[0, 7n]]);
    await readModel.positions();
    await readModel.apply({ products: [present(3)], outcomes: [] });
    assert.equal((await readModel.get([1, 2, 3].map(productId))).size, 3);

    await database.dropDatabase();
    await rejectsWith('NOT_BUILT', readModel.get([productId(1)]));
    await rejectsWith('NOT_BUILT', readModel.search(searchFor(null)));
    await rejectsWith('NOT_BUILT', readModel.search(searchFor('product', { skip: 1, first: 1 }, 10)));
    await rejectsWith('NOT_BUILT', readModel.outcome(commandId(1)));
    await rejectsWith('NOT_BUILT', readModel.removeOutcomes(10_000, 10));
    await rejectsWith('NOT_BUILT', readModel.apply({ products: [present(4)], outcomes: [committed(4)] }));
    await rejectsWith('NOT_BUILT', readModel.savePositions(new Map([[0, 8n]])));
    assert.equal(await readModel.positions(), null);
    const filled = (await collections()).filter((name) => name !== 'generations');
    assert.deepEqual(filled, []);

    await buildWith(readModel, [5], [[0, 9n]]);
    assert.deepEqual(await readModel.positions(), new Map([[0, 9n]]));
    await readModel.apply({ products: [present(6)], outcomes: [] });
    await readModel.savePositions(new Map([[0, 10n]]));
    const found = await readModel.search(searchFor(null));
    assert.deepEqual(
      found.hits.map(({ product }) => product.id),
      [productId(6), productId(5)],
    );
  });

  test('what another process built anew is read and written at once', async (t) => {
    const { database, open } = newDatabase(t);
    const [readModel, other] = [open(), open()];
    await buildWith(other, [1], [[0, 7n]]);
    await readModel.apply({ products: [present(2)], outcomes: [] });
    assert.equal((await readModel.get([1, 2, 3].map(productId))).size, 2);

    await database.dropDatabase();
    await buildWith(other, [3], [[0, 7n]]);
    assert.deepEqual([...(await readModel.get([1, 2, 3].map(productId))).keys()], [productId(3)]);
    await readModel.apply({ products: [present(4)], outcomes: [] });
    await readModel.savePositions(new Map([[0, 8n]]));
    assert.deepEqual(await other.positions(), new Map([[0, 8n]]));
    assert.deepEqual([...(await other.get([1, 2, 3, 4].map(productId))).keys()].sort(), [3, 4].map(productId));
  });

  test('a build that was under way is lost', async (t) => {
    const { database, open } = newDatabase(t);
    const readModel = open();
    for (const finish of [
      (build: Build) => build.add({ products: [present(1)], outcomes: [] }),
      (build: Build) => build.publish(new Map([[0, 1n]])),
    ]) {
      const build = await beginBuild(readModel);
      await database.dropDatabase();
      await rejectsWith('BUILD_LOST', finish(build));
      await build.abandon();
      assert.equal(await readModel.positions(), null);
    }
  });

  test('the right to change its generations is lost, and nothing serves that was being made', async (t) => {
    const { database, open } = newDatabase(t);
    const readModel = open();
    const range = { partition: 0, firstOffset: 1n, nextOffset: 2n };
    for (const step of [
      (lease: GenerationsLease, _: string, filling: string) => lease.fill(filling, { products: [], outcomes: [] }),
      (lease: GenerationsLease, _: string, filling: string) => lease.maintain(filling, new Map()),
      (lease: GenerationsLease, other: string) => lease.apply(other, { products: [present(2)], outcomes: [] }, range),
      (lease: GenerationsLease, other: string) => lease.serve(other, new Map()),
      (lease: GenerationsLease, other: string) => lease.drop(other),
    ]) {
      await buildWith(readModel, [1], [[0, 1n]]);
      const lease = await readModel.takeLease(60_000);
      assert(lease);
      const other = await lease.create();
      await lease.maintain(other, new Map([[0, 1n]]));
      const filling = await lease.create();
      await database.dropDatabase();
      await rejectsWith('LEASE_LOST', step(lease, other, filling));
      await lease.release();
      assert.equal(await readModel.generations(), null);
      await rejectsWith('NOT_BUILT', readModel.apply({ products: [present(3)], outcomes: [] }));
    }
  });
});

test('a newer version whose insert lost a race to an older one is stored all the same', async (t) => {
  const { database } = newDatabase(t);
  const generation = openGeneration(losingRaces(database, [present(1), present(2, { version: 8n })]), '00bb');
  const states = [present(1, { version: 4n }), present(2, { version: 7n }), present(3)];
  const stored = await generation.apply({ products: states, outcomes: [] });
  assert.deepEqual(new Set(stored), new Set([states[0], states[2]]));
  const versions = [...(await generation.get(states.map(({ product }) => product.id))).values()].map(
    ({ product }) => product.version,
  );
  assert.deepEqual(versions.sort(), [1n, 4n, 8n]);
});

test('no outcome is stored before the products of its batch', async (t) => {
  const { database } = newDatabase(t);
  const failing = withBulkWrite(database, () => assert.fail('the products cannot be written now'));
  const changes = { products: [present(1)], outcomes: [committed(1)] };
  await assert.rejects(openGeneration(failing, '00cc').apply(changes), /cannot be written now/);
  const generation = openGeneration(database, '00cc');
  assert.equal(await generation.outcome(commandId(1)), null);
  await generation.apply(changes);
  assert.deepEqual(await generation.outcome(commandId(1)), committed(1).status);
});

type BulkWrite = Collection<ProductDocument>['bulkWrite'];

/**
 * A database in which others insert products between the two halves of a first upsert, where MongoDB has found nothing and
 * is about to insert: then it refuses the insert as a duplicate. The stand-in never lets anything come between.
 */
function losingRaces(database: Db, others: readonly ProductState[]): Db {
  let raced = false;
  return withBulkWrite(database, (products) => async (operations, options) => {
    if (raced) return products.bulkWrite(operations, options);
    raced = true;
    await products.insertMany(others.map(documentOf));
    const inserts = operations.map((operation) => {
      if ('insertOne' in operation) return operation;
      assert('updateOne' in operation);
      const { filter, update } = operation.updateOne;
      assert(!Array.isArray(update) && update.$set);
      return { insertOne: { document: { ...update.$set, _id: filter._id } as ProductDocument } };
    });
    return products.bulkWrite(inserts, options);
  });
}

/** A database whose collections write in bulk in another way. */
function withBulkWrite(database: Db, bulkWriteOf: (collection: Collection<ProductDocument>) => BulkWrite): Db {
  const collection = (name: string) =>
    new Proxy(database.collection<ProductDocument>(name), {
      get: (target, key) => {
        const value = key === 'bulkWrite' ? bulkWriteOf(target) : Reflect.get(target, key);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  return new Proxy(database, {
    get: (target, key) => (key === 'collection' ? collection : Reflect.get(target, key)),
  });
}

test('a read model that is closed before its first use stays closed', async (t) => {
  const { open } = newDatabase(t);
  const readModel = open();
  await readModel.close();
  await rejectsWith('UNAVAILABLE', readModel.ping());
});

test('a publication drops what lost and abandoned builds left, and nothing else', async (t) => {
  const { database, open, collections } = newDatabase(t);
  const readModel = open();
  const abandoned = await beginBuild(readModel);
  await abandoned.add({ products: [present(1)], outcomes: [] });
  await abandoned.abandon();
  await database.createCollection('products_00aa');
  await database.createCollection('outcomes_00aa');
  await database.createCollection('products_of_others');
  await buildWith(readModel, [1], []);
  const names = (await collections()).map((name) => name.replace(/_[0-9a-f]{12}$/, '_…'));
  assert.deepEqual(names, ['generations', 'outcomes_…', 'products_…', 'products_of_others']);
  assert.equal((await readModel.get([productId(1)])).size, 1);
});

describe('a server that is away', () => {
  test('is told within 1.5 s, again and again, with the cause', async (t) => {
    const { open } = newDatabase(t);
    const readModel = open(`mongodb://127.0.0.1:${await freePort()}`);
    for (const call of [
      () => readModel.ping(),
      () => readModel.positions(),
      () => readModel.apply({ products: [present(1)], outcomes: [] }),
      () => readModel.beginBuild(1_000),
    ]) {
      const startedMs = performance.now();
      const error = await call().then(
        () => assert.fail('it answered'),
        (reason) => reason,
      );
      assert.deepEqual([error.name, error.code], ['ReadModelError', 'UNAVAILABLE']);
      assert.match(String(error.cause), /ECONNREFUSED/);
      const tookMs = performance.now() - startedMs;
      assert(tookMs < 1_500, `after ${tookMs} ms`);
    }
  });

  test('is used as soon as it is there, at the start and after an outage', async (t) => {
    const { open } = newDatabase(t);
    const proxy = await createProxy(new URL(url));
    t.after(() => proxy.stop());
    const readModel = open(proxy.url);
    await rejectsWith('UNAVAILABLE', readModel.ping());
    const answers = () =>
      readModel.ping().then(
        () => true,
        () => null,
      );
    await proxy.start();
    await until('it is there', answers);
    await buildWith(readModel, [1], [[0, 1n]]);

    await proxy.stop();
    await rejectsWith('UNAVAILABLE', readModel.get([productId(1)]));
    await rejectsWith('UNAVAILABLE', readModel.apply({ products: [present(2)], outcomes: [] }));
    await proxy.start();
    await until('it is back', answers);
    assert.equal((await readModel.get([productId(1)])).size, 1);
    assert.deepEqual(await readModel.positions(), new Map([[0, 1n]]));
  });
});

test('indexes that were dropped are made again, for the generation that serves', async (t) => {
  const { database, open, collections } = newDatabase(t);
  const options = { url, database: database.databaseName };
  assert.equal(await ensureIndexes(options), null);
  assert.deepEqual(await collections(), []);

  await buildWith(open(), [1], [[0, 1n]]);
  const whole = await ensureIndexes(options);
  const names = (await collections()).filter((name) => name !== 'generations');
  assert.deepEqual([...new Set(whole?.map(({ collection }) => collection))].sort(), names);
  const [outcomes = '', products = ''] = names;
  await database.collection(outcomes).dropIndex('decidedAtMs_1');
  await database.collection(products).dropIndex('terms_1');
  const keys = async () => (await database.collection(products).indexes()).map(({ key }) => Object.keys(key).join());
  assert.ok(!(await keys()).includes('terms'));
  assert.deepEqual(new Set(await ensureIndexes(options)), new Set(whole));
  assert.ok((await keys()).includes('terms'));
});

test('indexes are not made where there is no MongoDB', async () => {
  await rejectsWith('UNAVAILABLE', ensureIndexes({ url: `mongodb://127.0.0.1:${await freePort()}`, database: 'any' }));
});
