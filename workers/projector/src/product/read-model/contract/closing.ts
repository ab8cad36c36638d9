import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commandId, present, productId, searchFor } from './samples.ts';
import { builtStore, rejectsWith, type StartReadModel } from './store.ts';

export function closingContract(start: StartReadModel): void {
  describe('closing', () => {
    test('a closed read model is not available, and may be closed again', async (t) => {
      const { readModel } = await builtStore(t, start, { products: [present(1)] });
      await readModel.ping();
      await readModel.close();
      await rejectsWith('UNAVAILABLE', readModel.ping());
      await rejectsWith('UNAVAILABLE', readModel.get([productId(1)]));
      await rejectsWith('UNAVAILABLE', readModel.search(searchFor(null)));
      await rejectsWith('UNAVAILABLE', readModel.outcome(commandId(1)));
      await rejectsWith('UNAVAILABLE', readModel.positions());
      await rejectsWith('UNAVAILABLE', readModel.apply({ products: [present(2)], outcomes: [] }));
      await rejectsWith('UNAVAILABLE', readModel.savePositions(new Map([[0, 1n]])));
      await rejectsWith('UNAVAILABLE', readModel.removeOutcomes(1, 1));
      await assert.doesNotReject(readModel.close());
    });
  });
}
