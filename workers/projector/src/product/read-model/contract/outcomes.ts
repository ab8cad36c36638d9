import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import { Rejection, RejectionCode } from '@tributary/proto/gen/products/v1/product.ts';
import type { CommandOutcome, ReadModel } from '../read-model.ts';
import { commandId, committed, present } from './samples.ts';
import { builtStore, type StartReadModel } from './store.ts';

const applyOutcomes = (readModel: ReadModel, ...outcomes: CommandOutcome[]) =>
  readModel.apply({ products: [], outcomes });

const rejected = (number: number) =>
  committed(number, {
    state: CommandState.COMMAND_STATE_REJECTED,
    version: undefined,
    rejection: Rejection.create({
      code: RejectionCode.REJECTION_CODE_VERSION_CONFLICT,
      message: 'the product has version 4294967297 🫖',
      currentVersion: 2n ** 32n + 1n,
    }),
  });

export function outcomeContract(start: StartReadModel): void {
  describe('outcomes and positions', () => {
    test('an outcome comes back as it was decided; an unknown command has none', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      const outcomes = [committed(1, { version: 2n ** 31n, deleted: true }), rejected(2)];
      await applyOutcomes(readModel, ...outcomes);
      for (const { status } of outcomes) assert.deepEqual(await replica.outcome(status.commandId), status);
      assert.equal(await replica.outcome(commandId(3)), null);
    });

    test('the first outcome of a command stays', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      await applyOutcomes(readModel, committed(1), rejected(1));
      await applyOutcomes(replica, rejected(1), committed(2), committed(2, { version: 9n }));
      assert.deepEqual(await replica.outcome(commandId(1)), committed(1).status);
      assert.deepEqual(await replica.outcome(commandId(2)), committed(2).status);
    });

    test('replicas that race to store an outcome agree on one', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      for (let number = 1; number <= 10; number += 1) {
        await Promise.all([applyOutcomes(readModel, committed(number)), applyOutcomes(replica, rejected(number))]);
        const [one, other] = await Promise.all([
          readModel.outcome(commandId(number)),
          replica.outcome(commandId(number)),
        ]);
        assert(one);
        assert.deepEqual(one, other);
        await applyOutcomes(readModel, committed(number), rejected(number));
        assert.deepEqual(await replica.outcome(commandId(number)), one);
      }
    });

    test('who sees an outcome sees the products of its batch', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      for (let number = 1; number <= 5; number += 1) {
        const products = Array.from({ length: 200 }, (_, index) => present(1_000 * number + index));
        const applied = readModel.apply({ products, outcomes: [committed(number)] });
        let outcome = null;
        while (!outcome) outcome = await replica.outcome(commandId(number));
        assert.equal((await replica.get(products.map(({ product }) => product.id))).size, products.length);
        await applied;
      }
    });

    test('old outcomes are removed, the oldest first, in batches', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      const hourMs = 1_767_225_600_000;
      await applyOutcomes(readModel, ...[5, 3, 1, 2, 4].map((number) => committed(number, {}, hourMs + number)));
      const known = async () => {
        const statuses = await Promise.all([1, 2, 3, 4, 5].map((number) => replica.outcome(commandId(number))));
        return statuses.flatMap((status, index) => (status ? [index + 1] : []));
      };
      assert.equal(await readModel.removeOutcomes(hourMs + 1, 10), 0, 'what is just as old stays');
      assert.equal(await readModel.removeOutcomes(hourMs + 4, 2), 2);
      assert.deepEqual(await known(), [3, 4, 5]);
      assert.equal(await readModel.removeOutcomes(hourMs + 4, 2), 1);
      assert.equal(await readModel.removeOutcomes(hourMs + 4, 2), 0);
      assert.deepEqual(await known(), [4, 5]);
    });

    test('positions are kept per partition', async (t) => {
      const { readModel, replica } = await builtStore(t, start);
      await readModel.savePositions(
        new Map([
          [0, 5n],
          [11, 2n ** 53n + 1n],
        ]),
      );
      await replica.savePositions(new Map([[0, 6n]]));
      await readModel.savePositions(new Map());
      for (const each of [readModel, replica])
        assert.deepEqual(
          await each.positions(),
          new Map([
            [0, 6n],
            [11, 2n ** 53n + 1n],
          ]),
        );
    });
  });
}
