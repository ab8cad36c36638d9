import { outboxContract } from '../../../../workers/writer/src/outbox/contract.ts';
import { writeModelContract } from '../../../../workers/writer/src/product/contract.ts';
import type { TestStore } from '../../../../workers/writer/src/testing/stores.ts';
import { createMemoryWriteStore } from './write-store.ts';

// The fake is as honest as these are strict: the same suites run on PostgreSQL.
writeModelContract('the store of the simulation', async () => memoryTestStore());
outboxContract('the store of the simulation', async () => memoryTestStore());

function memoryTestStore(): TestStore {
  const { tables, connect } = createMemoryWriteStore();
  const { products, inbox, outbox, positions, keys } = tables;
  const byName = { products, inbox, outbox, consumer_positions: positions };
  return {
    store: connect().store,
    async clear() {
      for (const rows of [...Object.values(byName), keys]) rows.clear();
    },
    count: async (table) => byName[table].size,
    close: async () => {},
  };
}
