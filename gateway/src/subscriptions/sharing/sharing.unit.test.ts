import assert from 'node:assert/strict';
import { test } from 'node:test';
import { productEvent, publish } from '../../testing/events.ts';
import { type StockRequest, testLive, told } from '../../testing/live.ts';
import { OTHER_ID, PRODUCT_ID } from '../../testing/products.ts';
import type { Viewer } from '../viewer.ts';

const WITH_STOCK = 'subscription { productEvents { version product { stock } } }';
const updated = (version: number, productId = PRODUCT_ID) => productEvent('updated', version, { productId });

test('an event is executed once for all who asked the same, however they wrote it', async (t) => {
  const { log, live, asked, metric, subscribe } = await testLive(t);
  const after = live.cursor()!;
  const outlets = [
    ...Array.from({ length: 20 }, () => subscribe(WITH_STOCK)),
    subscribe('subscription{productEvents{version,product{stock}}}'),
    subscribe('# a comment\nsubscription {\n  productEvents { version\n product\n { stock } }\n}\n'),
    subscribe(`subscription { productEvents(after: "${after}") { version product { stock } } }`),
    subscribe('subscription ($after: String) { productEvents(after: $after) { version product { stock } } }', {
      variables: { after },
    }),
    subscribe('subscription ($from: String) { productEvents(after: $from) { version product { stock } } }', {
      variables: { from: null },
    }),
    subscribe('subscription ($unset: String) { productEvents(after: $unset) { version product { stock } } }'),
  ];
  await publish(log, updated(1), updated(2, OTHER_ID));
  for (const outlet of outlets) {
    const stocks = (await told(outlet, 2)).map(({ data }) => data.productEvents.product.stock);
    assert.deepEqual(stocks, [7, 7]);
  }
  assert.equal(asked.length, 2);
  assert.equal(await metric('subscription_executions_total'), 2);
});

test('who comes later, from memory or from the log, shares the results that are known', async (t) => {
  const { log, live, asked, subscribe } = await testLive(t, { ringEvents: 4 });
  const after = live.cursor()!;
  const first = subscribe(WITH_STOCK);
  for (let version = 1; version <= 10; version += 1) {
    await publish(log, updated(version));
    await told(first, version);
  }
  const late = [
    subscribe(WITH_STOCK, { after }),
    subscribe(WITH_STOCK, { after: first.results[7]!.extensions.cursor }),
  ];
  await told(late[0]!, 10);
  await told(late[1]!, 2);
  assert.equal(asked.length, 10);
});

test('other variables, another operation and other rights are executed for themselves', async (t) => {
  const { log, asked, subscribe } = await testLive(t);
  const query = `
    query Unused { product(id: "${PRODUCT_ID}") { ...Stock } }
    subscription One($ids: [ID!], $on: Boolean = true) { productEvents(productIds: $ids) { product { ...Stock @include(if: $on) } } }
    subscription Two { productEvents { product { ...Stock } } }
    fragment Stock on Product { stock }`;
  const outlets = [
    subscribe(query, { operationName: 'One' }),
    subscribe(query, { operationName: 'One', variables: { ids: [PRODUCT_ID] } }),
    subscribe(query, { operationName: 'One', variables: { ids: null } }),
    subscribe(query, { operationName: 'Two' }),
    subscribe(query, { operationName: 'Two', viewer: { visibility: 'another' } }),
  ];
  const without = subscribe(query, { operationName: 'One', variables: { on: false } });
  await publish(log, updated(1));
  for (const outlet of outlets) await told(outlet, 1);
  await told(without, 1);
  assert.equal(asked.length, 5);
  assert.deepEqual(without.results[0]!.data, { productEvents: { product: {} } });
});

const buyer: Viewer = { visibility: 'buyer', headers: { 'x-role': 'buyer' } };
const seller: Viewer = { visibility: 'seller', headers: { 'x-role': 'seller' } };
const byRole = ({ viewerHeaders }: StockRequest) => (viewerHeaders['x-role'] === 'seller' ? 1_000 : 1);

test('two callers with different rights and the same document never see what is the other one’s', async (t) => {
  const { log, live, subscribe, asked } = await testLive(t, { ringEvents: 4, stock: byRole });
  const after = live.cursor()!;
  const present = {
    buyer: subscribe(WITH_STOCK, { viewer: buyer }),
    seller: subscribe(WITH_STOCK, { viewer: seller }),
  };
  for (let version = 1; version <= 12; version += 1) {
    await publish(log, updated(version));
    for (const outlet of Object.values(present)) await told(outlet, version);
  }
  const recent = present.buyer.results[9]!.extensions.cursor;
  const all = [
    { outlet: present.buyer, stock: 1, count: 12 },
    { outlet: present.seller, stock: 1_000, count: 12 },
    ...[after, recent].flatMap((cursor) =>
      [buyer, seller].map((viewer) => ({
        outlet: subscribe(WITH_STOCK, { after: cursor, viewer }),
        stock: viewer === seller ? 1_000 : 1,
        count: cursor === after ? 12 : 2,
      })),
    ),
  ];
  for (const { outlet, stock, count } of all) {
    const stocks = (await told(outlet, count)).map(({ data }) => data.productEvents.product.stock);
    assert.deepEqual(stocks, Array(count).fill(stock));
  }
  assert.equal(asked.length, 24);
});

test('the rights stay apart when a new supergraph is loaded', async (t) => {
  const { log, graph, subscribe } = await testLive(t, { stock: byRole });
  const both = [subscribe(WITH_STOCK, { viewer: buyer }), subscribe(WITH_STOCK, { viewer: seller })];
  await publish(log, updated(1));
  for (const outlet of both) await told(outlet, 1);
  graph.load(`${graph.current().federation.supergraphSdl}\n# again`);
  await publish(log, updated(2));
  for (const [index, outlet] of both.entries()) {
    const stocks = (await told(outlet, 2)).map(({ data }) => data.productEvents.product.stock);
    assert.deepEqual(stocks, index === 0 ? [1, 1] : [1_000, 1_000]);
  }
});

test('a result goes to everyone in the same bytes once they have caught up, and before with the cursor of each', async (t) => {
  const { log, live, subscribe } = await testLive(t);
  const begin = live.cursor()!;
  const first = subscribe(WITH_STOCK);
  await publish(log, updated(1), updated(2, OTHER_ID), updated(3));
  await told(first, 3);
  const second = subscribe(WITH_STOCK, { after: begin });
  await told(second, 3);
  const third = subscribe(WITH_STOCK, { after: second.results[1]!.extensions.cursor });
  await told(third, 1);
  await publish(log, updated(4));
  const last = await Promise.all([told(first, 4), told(second, 4), told(third, 2)]);
  assert.equal(new Set(last.map((results) => JSON.stringify(results.at(-1)))).size, 1);
});

test('nothing is left of a group when its last subscriber has gone', async (t) => {
  const { log, metric, filtered, subscribe } = await testLive(t);
  const stays = subscribe('subscription { productEvents { version } }');
  let version = 0;
  async function looksAtEvent(): Promise<number> {
    const before = filtered();
    version += 1;
    await publish(log, updated(version));
    await told(stays, version);
    return filtered() - before;
  }
  const alone = await looksAtEvent();
  const outlets = [subscribe(WITH_STOCK), subscribe(WITH_STOCK, { viewer: buyer }), subscribe(WITH_STOCK)];
  assert((await looksAtEvent()) > alone);
  for (const outlet of outlets) await told(outlet, 1);
  assert.equal(await metric('subscriptions_open'), 4);
  for (const outlet of outlets) outlet.stop();
  assert.equal(await metric('subscriptions_open'), 1);
  assert.equal(await looksAtEvent(), alone);
  for (const { results } of outlets) assert.equal(results.length, 1);
});
