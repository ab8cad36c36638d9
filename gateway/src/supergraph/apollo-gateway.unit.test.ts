import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTraceContext, silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { createGraphQLServer, createRequestContext } from '../apollo.ts';
import { createDocuments } from '../documents.ts';
import { defaultLimits as limits } from '../limits/limits.ts';
import { createMetrics } from '../metrics.ts';
import { createEventsSubgraph } from '../subscriptions/events-subgraph.ts';
import { fakeInventory, supergraphWithInventory } from '../testing/inventory.ts';
import { fakeQueries, PRODUCT_ID } from '../testing/products.ts';
import { createGraph } from './graph.ts';
import { readEventsSchema, readSupergraph } from './load.ts';
import { createSupergraphMetrics } from './metrics.ts';
import { ownOperations } from './own-operations.ts';
import { createSubgraphs } from './subgraphs.ts';

test('what Apollo Server has validated against one supergraph is executed by it, whenever another one is loaded', async (t) => {
  const [queries, inventory] = await Promise.all([fakeQueries(), fakeInventory(() => 7)]);
  const [own, withInventory] = [readSupergraph(), supergraphWithInventory()];
  const logger = silentLogger();
  const metrics = createMetrics(new Registry());
  const subgraphs = createSubgraphs({
    urls: {
      'products-command': [queries.url],
      'products-query': [queries.url],
      inventory: [inventory.url],
    },
    own: { events: createEventsSubgraph() },
    connections: () => 4,
    deadlineMs: 5_000,
    metrics,
    logger,
  });
  const graph = createGraph({
    sdl: own,
    subgraphs,
    documents: (schema) => createDocuments({ schema, limits, introspection: true }),
    needs: { operations: ownOperations, events: { name: 'events', schema: readEventsSchema() } },
    metrics: createSupergraphMetrics(new Registry()),
    logger,
  });
  const apollo = await createGraphQLServer({ graph, limits, introspection: true, metrics, logger });
  t.after(async () => {
    await apollo.stop();
    await Promise.all([subgraphs.close(), queries.stop(), inventory.stop()]);
  });
  const contextOf = () => {
    const context = createRequestContext({ requestId: 'r', trace: newTraceContext(), versionFloor: undefined });
    assert.ok(!(context instanceof Error));
    return context;
  };

  const outcomes = new Set<string>();
  // Apollo Server takes fewer turns than this from an operation's arrival to its execution.
  for (let turns = 0; turns < 40; turns += 1) {
    graph.load(withInventory);
    const query = `{ product(id: "${PRODUCT_ID}") { name stock } }`;
    const answer = apollo.executeOperation({ query }, { contextValue: contextOf() });
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    graph.load(own);
    const { body } = await answer;
    assert.ok(body.kind === 'single');
    const { data, errors } = body.singleResult;
    outcomes.add(JSON.stringify(errors?.map(({ extensions }) => extensions?.code) ?? data));
  }
  const [refused, answered] = ['["GRAPHQL_VALIDATION_FAILED"]', '{"product":{"name":"Desk","stock":7}}'];
  assert.deepEqual([...outcomes], [refused, answered]);
});
