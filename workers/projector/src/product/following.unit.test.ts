import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { changed, present, recordsOf } from '../testing/events.ts';
import { createMemoryCache } from './cache/index.ts';
import { createProductChanges } from './changes.ts';
import { createProjectionHandler } from './handler.ts';
import { projectorMetrics } from './metrics.ts';
import { doubledStore, positionOf } from './read-model/contract/leased.ts';
import { createSqliteReadModel } from './read-model/index.ts';

test('a generation beside the one that serves follows what is projected and what is passed over', async (t) => {
  const readModel = createSqliteReadModel({ file: ':memory:' });
  const { first, other } = await doubledStore(t, async () => ({
    open: async () => readModel,
    replicas: false,
    stop: () => readModel.close(),
  }));
  const handler = createProjectionHandler({
    readModel,
    cache: createMemoryCache(),
    changes: createProductChanges(),
    onNotBuilt: () => assert.fail('it is built'),
    metrics: projectorMetrics(new Registry()),
    nowMs: Date.now,
    logger: silentLogger(),
  });
  const positions = async () => [await positionOf(readModel, first), await positionOf(readModel, other)];
  assert.deepEqual(await positions(), [5n, 5n]);

  const records = recordsOf([changed(present()), changed(present())], 5n);
  await handler.apply({ partition: 0, records, nextOffset: 7n, isStale: () => false });
  assert.deepEqual(await positions(), [7n, 7n]);

  const [record] = recordsOf([changed(present())], 7n);
  assert(record);
  await handler.skip({ record, error: new Error('unreadable'), nextOffset: 8n });
  assert.deepEqual(await positions(), [8n, 8n]);
});
