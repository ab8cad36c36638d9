import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRandom } from '@tributary/service/random';
import type { ProductState, ReadModel } from '../read-model.ts';
import { present, productId, tombstone } from './samples.ts';
import { builtStore, type StartReadModel } from './store.ts';

const stateOf = async (readModel: ReadModel, number: number) =>
  (await readModel.get([productId(number)])).get(productId(number));

const applyProducts = (readModel: ReadModel, ...products: ProductState[]) =>
  readModel.apply({ products, outcomes: [] });

export function applyContract(start: StartReadModel): void {
  describe('products', () => {
    test('what is newer is stored; what is older or was there already is not', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      const third = present(1, { version: 3n, name: 'third' });
      assert.deepEqual(await applyProducts(readModel, third), [third]);
      assert.deepEqual(await applyProducts(replica, third), []);
      assert.deepEqual(await applyProducts(replica, present(1, { version: 3n, name: 'another third' })), []);
      assert.deepEqual(await applyProducts(replica, present(1, { version: 2n }), tombstone(1, { version: 1n })), []);
      assert.deepEqual(await stateOf(readModel, 1), third);
      const fifth = present(1, { version: 5n, name: 'fifth', price: '0' });
      assert.deepEqual(await applyProducts(replica, fifth), [fifth]);
      assert.deepEqual(await stateOf(readModel, 1), fifth);
    });

    test('of a batch it tells just what was stored', async (t) => {
      const { readModel } = await builtStore(t, start, { products: [present(1, { version: 2n }), present(2)] });
      const stored = await applyProducts(
        readModel,
        present(1, { version: 2n }),
        present(2, { version: 2n }),
        present(3),
        present(1),
        tombstone(4),
      );
      const byId = (a: ProductState, b: ProductState) => (a.product.id < b.product.id ? -1 : 1);
      assert.deepEqual([...stored].sort(byId), [present(2, { version: 2n }), present(3), tombstone(4)]);
      assert.deepEqual(await applyProducts(readModel), []);
    });

    test('of several versions in one batch the newest is stored, in whatever order they come', async (t) => {
      const { readModel } = await builtStore(t, start);
      const version = (number: number, n: bigint) => present(number, { version: n, name: `version ${n}` });
      assert.deepEqual(
        await applyProducts(readModel, version(1, 1n), version(2, 9n), version(1, 3n), version(2, 8n), version(1, 2n)),
        [version(1, 3n), version(2, 9n)],
      );
      assert.deepEqual(await stateOf(readModel, 1), version(1, 3n));
      assert.deepEqual(await stateOf(readModel, 2), version(2, 9n));
    });

    test('a tombstone keeps the last state and its version', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      await applyProducts(readModel, present(1));
      const deleted = tombstone(1, { version: 2n });
      assert.deepEqual(await applyProducts(readModel, deleted), [deleted]);
      assert.deepEqual(await stateOf(replica, 1), deleted);
      assert.deepEqual(await applyProducts(readModel, present(1)), [], 'an older version brings nothing back');
      assert.deepEqual(await stateOf(replica, 1), deleted);
      await applyProducts(readModel, tombstone(2, { version: 7n }), present(2, { version: 6n }));
      assert.deepEqual(await stateOf(replica, 2), tombstone(2, { version: 7n }));
    });

    test('products come back exactly', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      const states = [
        present(1, { price: '99999999999.9999', version: 2n ** 31n + 1n }),
        present(2, { price: '0.0001', version: 2n ** 53n + 1n }),
        present(3, { price: '12345678901.2345', createdAtMs: 0n, updatedAtMs: 8_640_000_000_000_000n / 1000n }),
        present(4, { name: '👩‍👩‍👧‍👦'.repeat(20), description: '𝒳'.repeat(5000) }),
        present(5, { name: 'a\'b"c\\d$e.f%g_h\u00a0i', description: 'line\n\ttab\u2028e\u0301 \ufffd' }),
        present(6, { name: '٣'.repeat(250), description: 'word '.repeat(1000).slice(0, 5000) }),
      ];
      await applyProducts(readModel, ...states);
      assert.deepEqual(
        await replica.get(states.map(({ product }) => product.id)),
        new Map(states.map((state) => [state.product.id, state])),
      );
      await applyProducts(readModel, present(1, { version: 2n ** 31n }));
      await applyProducts(readModel, present(2, { version: 2n ** 53n }));
      assert.equal((await stateOf(replica, 1))?.product.version, 2n ** 31n + 1n);
      assert.equal((await stateOf(replica, 2))?.product.version, 2n ** 53n + 1n);
      await applyProducts(readModel, present(1, { version: 2n ** 31n + 2n }));
      assert.equal((await stateOf(replica, 1))?.product.version, 2n ** 31n + 2n);
    });

    test('an id asked for twice is there once', async (t) => {
      const { readModel } = await builtStore(t, start, { products: [present(1)] });
      assert.equal((await readModel.get([productId(1), productId(1), productId(2)])).size, 1);
      assert.equal((await readModel.get([])).size, 0);
    });

    test('replicas that race end at the newest version, never go back, and store each version once at most', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      const random = createRandom(20_260_101);
      const numbers = [1, 2, 3, 4, 5];
      const versions = Array.from({ length: 20 }, (_, index) => BigInt(index + 1));
      let racing = true;
      const watched = Promise.all([watch(readModel), watch(replica)]);
      const stored = await Promise.all(
        [readModel, replica, readModel, replica].map(async (racer) => {
          const states = numbers.flatMap((number) => versions.map((version) => present(number, { version })));
          const mine: ProductState[] = [];
          for (const batch of batchesOf(random.shuffled(states), 7))
            mine.push(...(await applyProducts(racer, ...batch)));
          return mine;
        }),
      ).finally(() => {
        racing = false;
      });
      await watched;
      for (const number of numbers) {
        assert.equal((await stateOf(replica, number))?.product.version, 20n);
        const winners = stored.flat().filter(({ product }) => product.id === productId(number));
        const told = winners.map(({ product }) => product.version);
        assert.equal(new Set(told).size, told.length, 'one racer stores a version, the others find it there');
        assert(told.includes(20n));
      }

      async function watch(reader: ReadModel): Promise<void> {
        const seen = new Map<string, bigint>();
        while (racing) {
          for (const [id, { product }] of await reader.get(numbers.map(productId))) {
            assert(product.version >= (seen.get(id) ?? 0n), `${id} went back to ${product.version}`);
            seen.set(id, product.version);
          }
          await new Promise((resolve) => setImmediate(resolve));
        }
      }
    });

    test('replicas that race to make a product leave the newest and tell of it', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      for (let number = 1; number <= 30; number += 1) {
        const states = [1n, 2n, 3n, 4n].map((version) => present(number, { version }));
        const racers = [readModel, replica, replica, readModel];
        const stored = await Promise.all(states.map((state, index) => applyProducts(racers[index]!, state)));
        assert.equal((await stateOf(replica, number))?.product.version, 4n);
        assert.deepEqual(stored[3], [states[3]], 'nothing newer was there, so it was stored');
      }
    });
  });
}

function batchesOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
    all.slice(index * size, (index + 1) * size),
  );
}
