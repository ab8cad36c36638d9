import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '@tributary/service/testing';
import {
  breathe,
  doubledStore,
  generationsOf,
  LONG_LEASE_MS,
  leaseOf,
  positionOf,
  range,
  servingOf,
} from './leased.ts';
import { commandId, committed, present, productId, tombstone } from './samples.ts';
import { builtStore, emptyStore, rejectsWith, type StartReadModel } from './store.ts';

const nothing = { products: [], outcomes: [] };
const ids = (...numbers: number[]) => numbers.map(productId);

export function generationContract(start: StartReadModel): void {
  describe('generations', () => {
    test('there are none before it is built, and then the one that serves', async (t) => {
      const { readModel, replica } = await emptyStore(t, start);
      assert.equal(await readModel.generations(), null);
      await rejectsWith('NOT_BUILT', readModel.takeLease(LONG_LEASE_MS));
      const build = await readModel.beginBuild(LONG_LEASE_MS);
      await rejectsWith('NOT_BUILT', replica.takeLease(LONG_LEASE_MS));
      await build?.publish(new Map([[3, 9n]]));
      const { serving, maintained, isLeased, switches } = await generationsOf(replica);
      assert.deepEqual([...maintained], [[serving, new Map([[3, 9n]])]]);
      assert.deepEqual([isLeased, switches], [false, 0]);
    });

    test('one that is being filled is nobody else’s', async (t) => {
      const { readModel, replica } = await builtStore(t, start, { products: [present(1)] });
      const lease = await leaseOf(readModel);
      const filling = await lease.create();
      await lease.fill(filling, { products: [present(1), tombstone(2)], outcomes: [committed(1)] });
      await replica.apply({ products: [present(1, { version: 2n })], outcomes: [] });
      const before = await generationsOf(replica);
      assert.deepEqual([...before.maintained.keys()], [before.serving]);
      assert.equal(before.isLeased, true);
      assert.deepEqual([...(await replica.get(ids(1, 2))).keys()], ids(1));

      await lease.maintain(filling, new Map([[0, 7n]]));
      assert.equal(await positionOf(replica, filling), 7n);
      assert.deepEqual(
        await replica.generation(filling).productsOf(ids(1, 2, 3)),
        new Map([
          [productId(1), present(1)],
          [productId(2), tombstone(2)],
        ]),
      );
      await rejectsWith('LEASE_LOST', lease.maintain(filling, new Map()));
    });

    test('every change goes to all that are maintained', async (t) => {
      const { readModel, replica, first, other } = await doubledStore(t, start, { products: [present(1)] });
      const states = [present(1, { version: 2n }), tombstone(2)];
      assert.deepEqual(await replica.apply({ products: states, outcomes: [committed(1)] }), states);
      for (const name of [first, other]) {
        assert.deepEqual([...(await readModel.generation(name).productsOf(ids(1, 2))).values()], states);
        assert.deepEqual(
          await readModel.generation(name).outcomesOf([commandId(1), commandId(2)]),
          new Map([[commandId(1), committed(1)]]),
        );
      }
    });

    test('what the one that serves has was stored in the others before', async (t) => {
      const { readModel, replica, other } = await doubledStore(t, start);
      const numbers = Array.from({ length: 20 }, (_, n) => n);
      let applying = true;
      const applied = (async () => {
        for (let version = 1n; version <= 20n; version += 1n) {
          await replica.apply({ products: numbers.map((n) => present(n, { version })), outcomes: [] });
          await breathe();
        }
      })().finally(() => {
        applying = false;
      });
      while (applying) {
        const served = await readModel.get(numbers.map(productId));
        const behind = await readModel.generation(other).productsOf(numbers.map(productId));
        for (const [id, { product }] of served)
          assert((behind.get(id)?.product.version ?? 0n) >= product.version, 'the other has it too');
        await breathe();
      }
      await applied;
    });

    test('the positions of the others move past what they were given, and never over a gap', async (t) => {
      const { readModel, replica, first, other } = await doubledStore(
        t,
        start,
        {},
        new Map([
          [0, 5n],
          [1, 5n],
        ]),
      );
      for (const [given, position] of [
        [range(5n, 10n), 10n],
        [range(5n, 10n), 10n],
        [range(12n, 15n), 10n],
        [range(8n, 12n), 12n],
        [range(2n, 6n), 12n],
        [range(12n, 2n ** 40n), 2n ** 40n],
      ] as const) {
        await replica.apply(nothing, given);
        assert.equal(await positionOf(readModel, other), position);
      }
      await replica.apply({ products: [present(1)], outcomes: [] });
      assert.equal(await positionOf(readModel, other), 2n ** 40n);
      assert.equal(await positionOf(readModel, other, 1), 5n);
      assert.equal(await positionOf(readModel, first), 5n, 'that of the one that serves is saved on its own');
      await replica.savePositions(new Map([[0, 9n]]));
      assert.equal(await positionOf(readModel, first), 9n);
      assert.equal(await positionOf(readModel, other), 2n ** 40n);
    });

    test('one that a late writer passed by is caught up from the records, and then follows by itself', async (t) => {
      const { readModel, replica, lease, other } = await doubledStore(t, start);
      // 5 to 10 came to the one that served only: its writer did not know of the other yet.
      await replica.apply({ products: [present(2)], outcomes: [] }, range(10n, 20n));
      assert.equal(await positionOf(readModel, other), 5n);
      await lease.apply(other, { products: [present(1)], outcomes: [committed(1)] }, range(5n, 12n));
      assert.equal(await positionOf(readModel, other), 12n);
      await lease.apply(other, { products: [present(2)], outcomes: [] }, range(12n, 20n));
      await replica.apply(nothing, range(20n, 21n));
      assert.equal(await positionOf(readModel, other), 21n);
      assert.equal((await readModel.generation(other).productsOf(ids(1, 2))).size, 2);
      assert.equal((await readModel.get(ids(1))).size, 0, 'catching one up leaves the others alone');
      await rejectsWith('NOT_MAINTAINED', lease.apply('none', nothing, range(1n, 2n)));
    });

    test('its content is listed in the order of ids, in pages', async (t) => {
      const products = [present(3), tombstone(1), present(20), present(2)];
      const outcomes = [committed(2, {}, 77), committed(9), committed(1)];
      const { readModel, first, other } = await doubledStore(t, start, { products, outcomes });
      for (const name of [first, other]) {
        const reads = readModel.generation(name);
        assert.deepEqual(await reads.products(null, 3), [tombstone(1), present(2), present(3)]);
        assert.deepEqual(await reads.products(productId(3), 3), [present(20)]);
        assert.deepEqual(await reads.products(productId(20), 3), []);
        assert.deepEqual(await reads.outcomes(null, 2), [committed(1), committed(2, {}, 77)]);
        assert.deepEqual(await reads.outcomes(commandId(2), 2), [committed(9)]);
        assert.deepEqual(await reads.count(), { products: 3, tombstones: 1, outcomes: 3 });
      }
    });

    test('outcomes are removed from all of them', async (t) => {
      const outcomes = [1, 2, 3].map((number) => committed(number, {}, number));
      const { readModel, replica, first, other } = await doubledStore(t, start, { outcomes });
      assert.equal(await replica.removeOutcomes(3, 1), 1);
      assert.equal(await replica.removeOutcomes(3, 5), 1);
      for (const name of [first, other])
        assert.deepEqual(await readModel.generation(name).outcomes(null, 5), [committed(3, {}, 3)]);
    });

    test('a dropped one is gone; the one that serves cannot be dropped', async (t) => {
      const { readModel, replica, lease, first, other } = await doubledStore(t, start, { products: [present(1)] });
      await rejectsWith('GENERATION_SERVES', lease.drop(first));
      await lease.drop(other);
      await lease.drop(other);
      assert.deepEqual([...(await generationsOf(replica)).maintained.keys()], [first]);
      await replica.apply({ products: [present(2)], outcomes: [] }, range(5n, 6n));
      await rejectsWith('NOT_MAINTAINED', lease.serve(other, new Map()));
      assert.equal((await readModel.get(ids(1, 2))).size, 2);
    });

    test('one has the right to change them at a time, until it is given up', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      const taken = await Promise.all(
        [readModel, replica, readModel, replica].map((each) => each.takeLease(LONG_LEASE_MS)),
      );
      const [lease, ...others] = taken.filter((one) => one !== null);
      assert(lease);
      assert.deepEqual(others, []);
      const unfinished = await lease.create();
      await lease.fill(unfinished, { products: [present(1)], outcomes: [] });
      await lease.release();
      await rejectsWith('LEASE_LOST', lease.renew());
      const next = await leaseOf(replica);
      await rejectsWith('LEASE_LOST', next.maintain(unfinished, new Map()));
      assert.deepEqual([...(await generationsOf(readModel)).maintained.keys()], [await servingOf(readModel)]);
    });

    test('who is late loses the right, and what it was filling', async (t) => {
      const { readModel, replica } = await builtStore(t, start, { products: [present(1)] });
      const late = await readModel.takeLease(1);
      assert(late);
      const lost = await late.create();
      const next = await until('another may take it', () => replica.takeLease(LONG_LEASE_MS));
      for (const step of [
        () => late.renew(),
        () => late.create(),
        () => late.fill(lost, nothing),
        () => late.maintain(lost, new Map()),
        () => late.apply(lost, nothing, range(1n, 2n)),
        () => late.serve(lost, new Map()),
        () => late.drop(lost),
      ])
        await rejectsWith('LEASE_LOST', step());
      await late.release();
      assert.equal(await readModel.takeLease(LONG_LEASE_MS), null, 'who lost it cannot end that of another');
      const filled = await next.create();
      assert.notEqual(filled, lost);
      await next.maintain(filled, new Map());
      assert.equal((await generationsOf(readModel)).maintained.size, 2);
    });

    test('whatever its holder does renews the right', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      const leaseMs = 600;
      const lease = await readModel.takeLease(leaseMs);
      assert(lease);
      const filling = await lease.create();
      const renewedFor = async (renew: () => Promise<void>) => {
        const end = Date.now() + leaseMs * 1.5;
        await until('the time is over', async () => {
          await renew();
          return Date.now() > end ? true : null;
        });
        assert.equal(await replica.takeLease(LONG_LEASE_MS), null);
      };
      await renewedFor(() => lease.fill(filling, nothing));
      await lease.maintain(filling, new Map([[0, 1n]]));
      await renewedFor(() => lease.apply(filling, nothing, range(1n, 2n)));
      await renewedFor(() => lease.renew());
    });
  });
}
