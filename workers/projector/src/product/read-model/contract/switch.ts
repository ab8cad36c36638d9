import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { until } from '@tributary/service/testing';
import type { ReadModel } from '../read-model.ts';
import { breathe, doubledStore, generationsOf, leaseOf, positionOf, range, servingOf } from './leased.ts';
import { committed, present, productId, searchFor } from './samples.ts';
import { rejectsWith, type StartReadModel } from './store.ts';

export function switchContract(start: StartReadModel): void {
  describe('switching', () => {
    test('reads and positions are those of the one that serves, at once and in every process', async (t) => {
      const { readModel, replica, lease, first, other } = await doubledStore(t, start, { products: [present(1)] });
      for (const each of [readModel, replica]) await each.get([productId(1)]);
      // Only to tell them apart: what serves must never have less.
      await lease.apply(other, { products: [present(2, { name: 'other' })], outcomes: [committed(2)] }, range(5n, 8n));
      await lease.serve(other, new Map([[0, 8n]]));
      for (const each of [readModel, replica]) {
        assert.equal(await servingOf(each), other);
        assert.equal((await each.get([productId(2)])).size, 1);
        assert.equal((await each.search(searchFor('other'))).hits.length, 1);
        assert.deepEqual(await each.outcome(committed(2).status.commandId), committed(2).status);
        assert.deepEqual(await each.positions(), new Map([[0, 8n]]));
      }
      assert.equal((await generationsOf(replica)).switches, 1);
      await replica.savePositions(new Map([[0, 9n]]));
      assert.equal(await positionOf(readModel, other), 9n);
      assert.equal(await positionOf(readModel, first), 5n, 'the one before moves with what is applied');
      await replica.apply({ products: [present(3)], outcomes: [] }, range(5n, 10n));
      assert.equal(await positionOf(readModel, first), 10n);
      assert.equal((await readModel.generation(first).productsOf([productId(3)])).size, 1);
    });

    test('is refused, and changes nothing, where the other is behind, not maintained or without the right', async (t) => {
      const { readModel, replica, lease, first, other } = await doubledStore(
        t,
        start,
        { products: [present(1)] },
        new Map([
          [0, 5n],
          [1, 7n],
        ]),
      );
      await rejectsWith('GENERATION_BEHIND', lease.serve(other, new Map([[1, 8n]])));
      await rejectsWith(
        'GENERATION_BEHIND',
        lease.serve(
          other,
          new Map([
            [0, 6n],
            [1, 7n],
          ]),
        ),
      );
      await rejectsWith('GENERATION_BEHIND', lease.serve(other, new Map([[2, 0n]])));
      await rejectsWith('NOT_MAINTAINED', lease.serve('none', new Map()));
      const filling = await lease.create();
      await rejectsWith('NOT_MAINTAINED', lease.serve(filling, new Map()));
      await lease.release();
      await rejectsWith('LEASE_LOST', lease.serve(other, new Map()));
      assert.equal(await servingOf(replica), first);
      assert.deepEqual((await generationsOf(replica)).unproven, new Set([other]));
      const next = await leaseOf(replica);
      await next.serve(
        other,
        new Map([
          [0, 5n],
          [1, 7n],
        ]),
      );
      assert.equal(await servingOf(readModel), other);
      assert.equal((await generationsOf(readModel)).unproven.size, 0);
    });

    test('goes back the same way', async (t) => {
      const { readModel, replica, lease, first, other } = await doubledStore(t, start);
      await lease.serve(other, new Map([[0, 5n]]));
      await replica.apply({ products: [present(1)], outcomes: [] }, range(5n, 9n));
      await replica.savePositions(new Map([[0, 9n]]));
      await lease.serve(first, new Map([[0, 9n]]));
      assert.equal(await servingOf(replica), first);
      assert.equal((await readModel.get([productId(1)])).size, 1);
      assert.deepEqual(await readModel.positions(), new Map([[0, 9n]]));
      await lease.drop(other);
      assert.equal((await generationsOf(readModel)).maintained.size, 1);
    });

    test('two processes that want to switch do not both', async (t) => {
      const { readModel, replica, lease, first, other } = await doubledStore(t, start);
      await lease.release();
      const late = await readModel.takeLease(1);
      assert(late);
      const next = await until('another may take the right', () => replica.takeLease(60_000));
      const results = await Promise.allSettled([late.serve(other, new Map()), next.serve(other, new Map())]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['rejected', 'fulfilled'],
      );
      await rejectsWith('LEASE_LOST', late.serve(first, new Map()));
      assert.equal((await generationsOf(readModel)).switches, 1);
      assert.equal(await servingOf(readModel), other);
    });

    test('while changes come and it is switched to and fro, no read of any process goes back', async (t) => {
      const { readModel, replica, lease, first, other } = await doubledStore(t, start, {}, new Map([[0, 0n]]));
      const numbers = [1, 2, 3];
      const written = { end: 0n, applied: 0n };
      const writing = { on: true };
      const seen = new Map<string, bigint>();

      async function write(): Promise<void> {
        while (writing.on) {
          const from = written.end;
          written.end += 1n;
          const products = numbers.map((number) => present(number, { version: written.end }));
          await replica.apply({ products, outcomes: [] }, range(from, written.end));
          written.applied = written.end;
          await replica.savePositions(new Map([[0, written.end]]));
          await breathe();
        }
      }
      async function read(reader: ReadModel): Promise<void> {
        while (writing.on) {
          const before = new Map(seen);
          for (const [id, { product }] of await reader.get(numbers.map(productId))) {
            assert(product.version >= (before.get(id) ?? 0n), `${id} went back to ${product.version}`);
            if (product.version > (seen.get(id) ?? 0n)) seen.set(id, product.version);
          }
          await breathe();
        }
      }
      async function change(): Promise<void> {
        try {
          for (let n = 1; n <= 12; n += 1) {
            const target = n % 2 === 1 ? other : first;
            await until('more is written', () => written.applied >= 5n * BigInt(n));
            const end = written.end;
            // Switching leaves a gap where what served was not told yet how far it is.
            await until('it is there', async () => {
              await lease.apply(target, { products: [], outcomes: [] }, range(0n, written.applied));
              return ((await positionOf(readModel, target)) ?? 0n) >= end || null;
            });
            await lease.serve(target, new Map([[0, end]]));
          }
        } finally {
          writing.on = false;
        }
      }
      await Promise.all([write(), read(readModel), read(replica), read(readModel), change()]);
      assert((seen.get(productId(1)) ?? 0n) >= 50n);
    });
  });
}
