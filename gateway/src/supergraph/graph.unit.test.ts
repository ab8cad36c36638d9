import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { Registry } from 'prom-client';
import { createGateway } from '../gateway.ts';
import { testGateway } from '../testing/gateway.ts';
import { fakeInventory, supergraphWithInventory } from '../testing/inventory.ts';
import { PRODUCT_ID } from '../testing/products.ts';
import { readSupergraph } from './load.ts';

const READ = { query: `{ product(id: "${PRODUCT_ID}") { id name } }` };
const READ_STOCK = { query: `{ product(id: "${PRODUCT_ID}") { name stock } }` };
/** By Apollo Server's pipeline, which takes what asks for more than JSON. */
const BY_APOLLO = { accept: 'application/json, text/plain' };
const own = readSupergraph();

/** A gateway without the inventory, and the supergraph that has it. */
async function given(t: TestContext) {
  const inventory = await fakeInventory(() => 7);
  t.after(() => inventory.stop());
  const gateway = await testGateway(t, { supergraph: { urls: { inventory: [inventory.url] } } });
  return { gateway, inventory, withInventory: supergraphWithInventory() };
}

test('no request fails while supergraphs are loaded, and what can be asked changes with them', async (t) => {
  const { gateway, withInventory } = await given(t);
  let isOver = false;
  const answered: Record<string, number> = { '*/*': 0, [BY_APOLLO.accept]: 0 };
  const failures: string[] = [];
  async function ask(accept: string): Promise<void> {
    while (!isOver) {
      const { status, text } = await gateway.post(READ, { accept });
      if (status !== 200 || text !== `{"data":{"product":{"id":"${PRODUCT_ID}","name":"Desk"}}}\n`) failures.push(text);
      answered[accept]! += 1;
    }
  }
  t.after(() => {
    isOver = true;
  });
  const asking = Object.keys(answered).flatMap((accept) => [ask(accept), ask(accept)]);
  const someMore = async () => {
    const before = { ...answered };
    await until('more has been answered', () =>
      Object.keys(answered).every((way) => answered[way]! > before[way]! + 4),
    );
  };

  for (let round = 0; round < 3; round += 1) {
    for (const headers of [{}, BY_APOLLO]) {
      const refused = await gateway.post(READ_STOCK, headers);
      assert.equal(refused.body.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    }
    gateway.loadSupergraph(withInventory);
    await someMore();
    for (const headers of [{}, BY_APOLLO]) {
      const { body } = await gateway.post(READ_STOCK, headers);
      assert.deepEqual(body, { data: { product: { name: 'Desk', stock: 7 } } });
    }
    gateway.loadSupergraph(own);
    await someMore();
  }
  isOver = true;
  await Promise.all(asking);
  assert.deepEqual(failures, []);
});

for (const [way, headers] of [
  ['straight from its plan', {}],
  ['by Apollo Server', BY_APOLLO],
] as const)
  test(`a request under way, ${way}, ends with the supergraph that it began with`, async (t) => {
    const { gateway, withInventory, inventory } = await given(t);
    gateway.loadSupergraph(withInventory);
    const arrived = Promise.withResolvers<() => void>();
    gateway.queries.intercept((_, response) => {
      const product = { __typename: 'Product', id: PRODUCT_ID, name: 'Desk' };
      arrived.resolve(() => response.end(JSON.stringify({ data: { product } })));
      return true;
    });
    const answer = gateway.post(READ_STOCK, headers);
    const release = await arrived.promise;
    gateway.loadSupergraph(own);
    release();
    // The inventory, which no one else asks any more, is asked only now.
    assert.deepEqual((await answer).body, { data: { product: { name: 'Desk', stock: 7 } } });
    assert.equal(inventory.requests.length, 1);
  });

test('a subgraph that the configuration does not name answers where the supergraph says', async (t) => {
  const inventory = await fakeInventory(() => 7);
  t.after(() => inventory.stop());
  const gateway = await testGateway(t);
  const sdl = supergraphWithInventory();
  assert.throws(() => gateway.loadSupergraph(sdl), {
    code: 'SUBGRAPH_URL_UNKNOWN',
    message: /the subgraph inventory /,
  });
  assert.equal((await gateway.post(READ)).status, 200);

  gateway.loadSupergraph(sdl.replace('name: "inventory", url: ""', `name: "inventory", url: "${inventory.url}"`));
  assert.equal((await gateway.post(READ_STOCK)).body.data.product.stock, 7);
});

const edited = (from: string | RegExp, to: string) => {
  assert.notEqual(own.search(from), -1);
  return own.replace(from, to);
};
for (const [what, sdl, code, message] of [
  ['text that is no SDL', '{', 'SUPERGRAPH_INVALID', /^no supergraph: Syntax Error/],
  ['a schema that is no supergraph', 'type Query { a: Int }', 'SUPERGRAPH_INVALID', /^no supergraph: /],
  [
    'one without a field that the REST facade asks for',
    edited(/\bproductPage\(/, 'pageOfProducts('),
    'SUPERGRAPH_UNFIT',
    /RestProductPage: Cannot query field "productPage"/,
  ],
  [
    'one that wants more of a mutation than the REST facade sends',
    edited(/(input CreateProductInput [^{]*\{)/, '$1 colour: String!'),
    'SUPERGRAPH_UNFIT',
    /RestCreateProduct: .*"colour" of required type/,
  ],
  [
    'one with a subscription that nothing here tells of',
    edited(/(type Subscription [^{]*\{)/, '$1 stockChanged: Int'),
    'SUPERGRAPH_UNFIT',
    /Nothing here tells of Subscription\.stockChanged/,
  ],
  [
    'one with a field that no event carries',
    edited(/(type ProductEvent [^{]*\{)/, '$1 weight: Int'),
    'SUPERGRAPH_UNFIT',
    /An event has no ProductEvent\.weight/,
  ],
] as const)
  test(`${what} is refused, and the supergraph before serves on`, async (t) => {
    const gateway = await testGateway(t);
    assert.throws(() => gateway.loadSupergraph(sdl), { name: 'SupergraphError', code, message });
    assert.equal((await gateway.post(READ)).body.data.product.name, 'Desk');
    assert.match(await gateway.registry.metrics(), /supergraph_loads_total\{outcome="refused"\} 1/);
    const starting = createGateway({
      log: gateway.log,
      commandsUrls: [gateway.commands.url],
      queriesUrls: [gateway.queries.url],
      host: '127.0.0.1',
      port: 0,
      logger: silentLogger(),
      registry: new Registry(),
      signal: new AbortController().signal,
      supergraph: { sdl },
    });
    await assert.rejects(starting, { name: 'StartError', code });
  });

test('loads are counted, the one that serves is told by its digest, and the same again changes nothing', async (t) => {
  const { gateway, withInventory } = await given(t);
  const servingNow = async () =>
    (await gateway.registry.metrics()).match(/^tributary_gateway_supergraph_generation\{.*$/gm) ?? [];
  const [before, ...others] = await servingNow();
  assert.match(before!, /^tributary_gateway_supergraph_generation\{digest="[\da-f]{64}"\} 1$/);
  assert.deepEqual(others, []);

  gateway.loadSupergraph(own);
  assert.deepEqual(await servingNow(), [before]);
  gateway.loadSupergraph(withInventory);
  const [after, ...rest] = await servingNow();
  assert.match(after!, / 2$/);
  assert.notEqual(after!.slice(0, -2), before!.slice(0, -2));
  assert.deepEqual(rest, []);
  const metrics = await gateway.registry.metrics();
  assert.match(metrics, /supergraph_loads_total\{outcome="loaded"\} 2/);
  assert.match(metrics, /supergraph_loads_total\{outcome="unchanged"\} 1/);
});
