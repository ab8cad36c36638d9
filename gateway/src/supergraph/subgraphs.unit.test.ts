import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { createMetrics } from '../metrics.ts';
import { createSubgraphs } from './subgraphs.ts';

function given(t: { after(done: () => Promise<void>): void }, urls: Record<string, string[]> = {}) {
  const own = { process: async () => ({}) };
  const subgraphs = createSubgraphs({
    urls,
    own: { events: own },
    connections: () => 1,
    deadlineMs: 1_000,
    metrics: createMetrics(new Registry()),
    logger: silentLogger(),
  });
  t.after(() => subgraphs.close());
  return { subgraphs, own };
}

test('a subgraph that stays where it is keeps its data source; the others come and go', (t) => {
  const { subgraphs, own } = given(t, { products: ['http://a:1', 'http://b:1'] });
  const events = { name: 'events', url: '' };
  const products = { name: 'products', url: 'http://elsewhere/graphql' };
  const first = subgraphs.stage([events, products, { name: 'inventory', url: 'http://c:1/graphql' }]);
  first.adopt();
  assert.equal(first.dataSources.events, own);
  const inventory = subgraphs.replicas('inventory');
  assert.ok(inventory);

  const second = subgraphs.stage([events, products, { name: 'inventory', url: 'http://d:1/graphql' }]);
  assert.equal(subgraphs.replicas('inventory'), inventory, 'nothing changes before it is adopted');
  second.adopt();
  assert.equal(second.dataSources.products, first.dataSources.products);
  assert.notEqual(second.dataSources.inventory, first.dataSources.inventory);
  assert.notEqual(subgraphs.replicas('inventory'), inventory);

  subgraphs.stage([events, products]).adopt();
  assert.equal(subgraphs.replicas('inventory'), undefined);
});

for (const url of ['', 'inventory', 'ftp://inventory'])
  test(`a subgraph at ‘${url}’ is refused`, (t) => {
    const { subgraphs } = given(t);
    assert.throws(() => subgraphs.stage([{ name: 'inventory', url }]), { code: 'SUBGRAPH_URL_UNKNOWN' });
  });
