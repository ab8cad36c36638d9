import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '@tributary/service/testing';
import { commandId, committed, present, productId, searchFor, tombstone } from './samples.ts';
import { builtStore, emptyStore, rejectsWith, type StartReadModel } from './store.ts';

const LONG_LEASE_MS = 60_000;
const nothing = { products: [], outcomes: [] };

export function buildContract(start: StartReadModel): void {
  describe('building', () => {
    test('what has not been built cannot be read or written, and says so', async (t) => {
      const { readModel } = await emptyStore(t, start);
      assert.equal(await readModel.positions(), null);
      await rejectsWith('NOT_BUILT', readModel.apply({ products: [present(1)], outcomes: [committed(1)] }));
      await rejectsWith('NOT_BUILT', readModel.apply(nothing));
      await rejectsWith('NOT_BUILT', readModel.savePositions(new Map([[0, 1n]])));
      await rejectsWith('NOT_BUILT', readModel.savePositions(new Map()));
      await rejectsWith('NOT_BUILT', readModel.get([productId(1)]));
      await rejectsWith('NOT_BUILT', readModel.search(searchFor(null)));
      await rejectsWith('NOT_BUILT', readModel.search(searchFor('product')));
      await rejectsWith('NOT_BUILT', readModel.outcome(commandId(1)));
      await rejectsWith('NOT_BUILT', readModel.removeOutcomes(1, 1));
      await readModel.ping();
    });

    test('nothing is read before it is published, and then all of it, positions included', async (t) => {
      const { readModel, replica } = await emptyStore(t, start);
      const build = await readModel.beginBuild(LONG_LEASE_MS);
      assert(build);
      await build.add({ products: [present(1), present(2)], outcomes: [] });
      await build.add({ products: [present(2, { version: 2n }), tombstone(3)], outcomes: [committed(1)] });
      for (const each of [readModel, replica]) {
        assert.equal(await each.positions(), null);
        await rejectsWith('NOT_BUILT', each.get([productId(1)]));
        await rejectsWith('NOT_BUILT', each.search(searchFor(null)));
        await rejectsWith('NOT_BUILT', each.apply({ products: [present(4)], outcomes: [] }));
      }
      const positions = new Map([
        [0, 0n],
        [5, 2n ** 40n],
      ]);
      await build.publish(positions);
      for (const each of [readModel, replica]) {
        assert.deepEqual(await each.positions(), positions);
        assert.deepEqual(
          await each.get([1, 2, 3, 4].map(productId)),
          new Map([
            [productId(1), present(1)],
            [productId(2), present(2, { version: 2n })],
            [productId(3), tombstone(3)],
          ]),
        );
        assert.deepEqual(await each.outcome(commandId(1)), committed(1).status);
        assert.equal((await each.search(searchFor(null))).hits.length, 2);
      }
    });

    test('a build may publish nothing', async (t) => {
      const { replica } = await builtStore(t, start);
      assert.deepEqual(await replica.positions(), new Map());
      assert.equal((await replica.get([productId(1)])).size, 0);
      assert.deepEqual(await replica.search(searchFor(null)), { hits: [], hasMore: false, total: null });
    });

    test('one builds at a time, and none once it is built', async (t) => {
      const { readModel, replica } = await emptyStore(t, start);
      const builds = await Promise.all(
        [readModel, replica, readModel, replica].map((each) => each.beginBuild(LONG_LEASE_MS)),
      );
      const [build, ...others] = builds.filter((one) => one !== null);
      assert(build);
      assert.deepEqual(others, []);
      assert.equal(await replica.beginBuild(LONG_LEASE_MS), null);
      await build.publish(new Map());
      for (const each of [readModel, replica]) assert.equal(await each.beginBuild(1), null);
    });

    test('an abandoned build leaves nothing behind, and another begins at once', async (t) => {
      const { readModel, replica } = await emptyStore(t, start);
      const first = await readModel.beginBuild(LONG_LEASE_MS);
      assert(first);
      await first.add({ products: [present(1)], outcomes: [committed(1)] });
      await first.abandon();
      const second = await replica.beginBuild(LONG_LEASE_MS);
      assert(second);
      await rejectsWith('BUILD_LOST', first.add(nothing));
      await first.abandon();
      await second.add({ products: [present(2)], outcomes: [] });
      await second.publish(new Map());
      assert.deepEqual([...(await readModel.get([1, 2].map(productId))).keys()], [productId(2)]);
      assert.equal(await readModel.outcome(commandId(1)), null);
    });

    test('a builder that is late loses its build to another', async (t) => {
      const { readModel, replica } = await emptyStore(t, start);
      const late = await readModel.beginBuild(1);
      assert(late);
      await late.add({ products: [present(1)], outcomes: [] });
      const next = await until('another may build', () => replica.beginBuild(LONG_LEASE_MS));
      await rejectsWith('BUILD_LOST', late.add({ products: [present(3)], outcomes: [] }));
      await rejectsWith('BUILD_LOST', late.publish(new Map([[0, 7n]])));
      await late.abandon();
      assert.equal(await readModel.beginBuild(LONG_LEASE_MS), null, 'who lost a build cannot end that of another');
      await next.add({ products: [present(2)], outcomes: [] });
      await next.publish(new Map([[0, 8n]]));
      await rejectsWith('BUILD_LOST', late.publish(new Map([[0, 9n]])));
      assert.deepEqual(await readModel.positions(), new Map([[0, 8n]]));
      assert.deepEqual([...(await readModel.get([1, 2, 3].map(productId))).keys()], [productId(2)]);
    });

    test('adding renews the lease', async (t) => {
      const { readModel, replica } = await emptyStore(t, start);
      const leaseMs = 600;
      const build = await readModel.beginBuild(leaseMs);
      assert(build);
      const end = Date.now() + leaseMs * 1.5;
      await until('the lease is over', async () => {
        await build.add(nothing);
        return Date.now() > end ? true : null;
      });
      assert.equal(await replica.beginBuild(LONG_LEASE_MS), null);
      await build.publish(new Map());
    });

    test('a build is over with its publication', async (t) => {
      const { readModel } = await emptyStore(t, start);
      const build = await readModel.beginBuild(LONG_LEASE_MS);
      assert(build);
      await build.publish(new Map([[0, 1n]]));
      await rejectsWith('BUILD_LOST', build.add({ products: [present(1)], outcomes: [] }));
      await rejectsWith('BUILD_LOST', build.publish(new Map([[0, 2n]])));
      await build.abandon();
      assert.deepEqual(await readModel.positions(), new Map([[0, 1n]]));
    });
  });
}
