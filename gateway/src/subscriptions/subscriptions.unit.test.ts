import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v7 } from 'uuid';
import { productEvent, publish } from '../testing/events.ts';
import { testGateway } from '../testing/gateway.ts';
import { fakeInventory, supergraphWithInventory } from '../testing/inventory.ts';
import { COMMAND_ID, OTHER_ID, PRODUCT_ID, product } from '../testing/products.ts';
import { subscriber } from '../testing/subscriber.ts';

test('an event is delivered with the fields that it carries, without asking a subgraph', async (t) => {
  const gateway = await testGateway(t);
  const created = await subscriber(t, gateway.url).subscribe(
    'subscription { productCreated { type version occurredAt product { id name description price version createdAt updatedAt } } }',
  );
  await publish(gateway.log, productEvent('created', 3));
  const { data, errors } = await created.next();
  assert.deepEqual(data, {
    productCreated: { type: 'CREATED', version: 3, occurredAt: product.updatedAt, product },
  });
  assert.equal(errors, undefined);
  assert.equal(gateway.queries.requests.length, 0);
});

test('a field that the event does not carry is fetched, at the version of the event', async (t) => {
  const inventory = await fakeInventory(() => 7);
  t.after(() => inventory.stop());
  const gateway = await testGateway(t, {
    supergraph: { sdl: supergraphWithInventory(), urls: { inventory: [inventory.url] } },
  });
  const { subscribe } = subscriber(t, gateway.url);
  const query =
    'subscription ($withStock: Boolean!) { productUpdated { product { name stock @include(if: $withStock) } } }';
  const withStock = await subscribe(query, { withStock: true });
  const without = await subscribe(query, { withStock: false });
  await publish(gateway.log, productEvent('updated', 4));

  assert.deepEqual((await withStock.next()).data, { productUpdated: { product: { name: 'Desk', stock: 7 } } });
  assert.deepEqual((await without.next()).data, { productUpdated: { product: { name: 'Desk' } } });
  assert.equal(inventory.requests.length, 1);
  assert.equal(inventory.requests[0]?.headers['x-version-floor'], `${PRODUCT_ID}@4`);
});

test('a subgraph that fails leaves its field null in that event, and the subscription goes on', async (t) => {
  const inventory = await fakeInventory(() => 7);
  t.after(() => inventory.stop());
  const gateway = await testGateway(t, {
    supergraph: { sdl: supergraphWithInventory(), urls: { inventory: [inventory.url] } },
  });
  const updated = await subscriber(t, gateway.url).subscribe(
    'subscription { productUpdated { product { name stock } } }',
  );
  inventory.intercept((_, response) => response.writeHead(502).end('nginx') !== null);
  await publish(gateway.log, productEvent('updated', 4));
  const { data, errors } = await updated.next();
  assert.deepEqual(data, { productUpdated: { product: { name: 'Desk', stock: null } } });
  assert.equal(errors[0].extensions.code, 'SUBGRAPH_UNAVAILABLE');
  assert.deepEqual(errors[0].path, ['productUpdated', 'product']);

  inventory.intercept(null);
  await publish(gateway.log, productEvent('updated', 5));
  assert.equal((await updated.next()).data.productUpdated.product.stock, 7);
});

test('each root field tells of its own type, and a deleted product is null', async (t) => {
  const gateway = await testGateway(t);
  const { subscribe } = subscriber(t, gateway.url);
  const created = await subscribe('subscription { productCreated { type } }');
  const updated = await subscribe('subscription { productUpdated { type } }');
  const deleted = await subscribe('subscription { productDeleted { type productId version product { id } } }');
  await publish(gateway.log, productEvent('created', 1), productEvent('updated', 2), productEvent('deleted', 3));
  assert.equal((await created.next()).data.productCreated.type, 'CREATED');
  assert.equal((await updated.next()).data.productUpdated.type, 'UPDATED');
  assert.deepEqual((await deleted.next()).data.productDeleted, {
    type: 'DELETED',
    productId: PRODUCT_ID,
    version: 3,
    product: null,
  });
});

test('productEvents tells of the wanted products and types only', async (t) => {
  const gateway = await testGateway(t);
  const { subscribe } = subscriber(t, gateway.url);
  const query = `subscription ($ids: [ID!], $types: [ProductEventType!]) {
    productEvents(productIds: $ids, types: $types) { type productId version }
  }`;
  const everything = await subscribe(query);
  const some = await subscribe(query, { ids: [PRODUCT_ID.toUpperCase()], types: ['UPDATED', 'DELETED'] });
  await publish(
    gateway.log,
    productEvent('created', 1),
    productEvent('created', 1, { productId: OTHER_ID }),
    productEvent('updated', 2, { productId: OTHER_ID }),
    productEvent('updated', 2),
  );
  assert.deepEqual((await some.next()).data.productEvents, { type: 'UPDATED', productId: PRODUCT_ID, version: 2 });
  const seen = [await everything.next(), await everything.next(), await everything.next(), await everything.next()];
  assert.deepEqual(
    seen.map(({ data }) => `${data.productEvents.productId} ${data.productEvents.version}`).sort(),
    [`${PRODUCT_ID} 1`, `${PRODUCT_ID} 2`, `${OTHER_ID} 1`, `${OTHER_ID} 2`].sort(),
  );
});

test('repeated and older events are dropped', async (t) => {
  const gateway = await testGateway(t);
  const events = await subscriber(t, gateway.url).subscribe('subscription { productEvents { version } }');
  const second = productEvent('updated', 2);
  await publish(
    gateway.log,
    productEvent('created', 1),
    second,
    second,
    productEvent('created', 1),
    productEvent('updated', 3),
  );
  const versions = [await events.next(), await events.next(), await events.next()].map(
    ({ data }) => data.productEvents.version,
  );
  assert.deepEqual(versions, [1, 2, 3]);
});

test('an event that cannot be read is passed over', async (t) => {
  const gateway = await testGateway(t);
  const events = await subscriber(t, gateway.url).subscribe('subscription { productEvents { version } }');
  await gateway.log.publish('products.events.v1', [{ key: PRODUCT_ID, value: Buffer.from([255]), headers: {} }], {
    deadlineMs: 1_000,
  });
  await publish(gateway.log, productEvent('created', 1));
  assert.equal((await events.next()).data.productEvents.version, 1);
});

const OUTCOME =
  'subscription ($id: ID!) { commandOutcome(id: $id) { id state version productId rejection { code currentVersion } } }';

test('an outcome that comes is delivered once, and ends the subscription', async (t) => {
  const gateway = await testGateway(t, {
    queryResolvers: { command: (_: unknown, { id }: { id: string }) => ({ id, state: 'PENDING' }) },
  });
  const commandId = v7();
  const outcome = await subscriber(t, gateway.url).subscribe(OUTCOME, { id: commandId });
  const rejected = productEvent('rejected', 3, {
    commandId,
    value: { rejection: { code: 2, message: 'changed meanwhile', currentVersion: 3n } },
  });
  await publish(gateway.log, rejected, rejected);
  const { results, errors } = await outcome.end();
  assert.equal(errors, undefined);
  assert.deepEqual(results, [
    {
      data: {
        commandOutcome: {
          id: commandId,
          state: 'REJECTED',
          version: null,
          productId: PRODUCT_ID,
          rejection: { code: 'VERSION_CONFLICT', currentVersion: 3 },
        },
      },
    },
  ]);
});

test('an outcome that came before the subscription is found among the recent ones', async (t) => {
  const gateway = await testGateway(t);
  const { subscribe } = subscriber(t, gateway.url);
  const events = await subscribe('subscription { productEvents { version } }');
  const commandId = v7();
  await publish(gateway.log, productEvent('created', 1, { commandId }));
  await events.next();
  const { results } = await (await subscribe(OUTCOME, { id: commandId })).end();
  assert.equal(results[0]?.data.commandOutcome.state, 'COMMITTED');
  assert.equal(results[0]?.data.commandOutcome.version, 1);
  assert.equal(gateway.queries.requests.length, 0);
});

test('an outcome that nobody listened to is asked for until it is there', async (t) => {
  let asked = 0;
  const gateway = await testGateway(t, {
    queryResolvers: {
      command: (_: unknown, { id }: { id: string }) => {
        asked += 1;
        return asked < 3 ? { id, state: 'PENDING' } : { id, state: 'COMMITTED', version: 9, productId: PRODUCT_ID };
      },
    },
  });
  const { results } = await (await subscriber(t, gateway.url).subscribe(OUTCOME, { id: v7() })).end();
  assert.equal(results.length, 1);
  assert.equal(results[0]?.data.commandOutcome.version, 9);
  assert.equal(asked, 3);
});

test('a command of which nothing can be known is an error', async (t) => {
  const gateway = await testGateway(t);
  const { errors } = await (await subscriber(t, gateway.url).subscribe(OUTCOME, { id: COMMAND_ID })).end();
  assert.equal((errors as { extensions: { code: string } }[])[0]?.extensions.code, 'NOT_FOUND');
});

test('malformed ids and documents are refused, and other subscriptions of the connection go on', async (t) => {
  const gateway = await testGateway(t);
  const { subscribe } = subscriber(t, gateway.url);
  const events = await subscribe('subscription { productEvents { version } }');

  const badId = await (await subscribe(OUTCOME, { id: 'x' })).end();
  const { traceId, ...told } = badId.results[0]?.errors[0].extensions ?? {};
  assert.match(traceId, /^[0-9a-f]{32}$/);
  assert.deepEqual(told, {
    code: 'BAD_USER_INPUT',
    problems: [{ path: ['id'], code: 'NOT_AN_ID', message: 'the command id is malformed' }],
  });
  const badIds = await (await subscribe('subscription { productEvents(productIds: ["x"]) { id } }')).end();
  assert.equal(badIds.results[0]?.errors[0].extensions.problems[0].path.join('.'), 'productIds.0');
  const tooMany = await (
    await subscribe('subscription ($ids: [ID!]) { productEvents(productIds: $ids) { id } }', {
      ids: Array.from({ length: 101 }, () => v7()),
    })
  ).end();
  assert.equal(tooMany.results[0]?.errors[0].extensions.code, 'BAD_USER_INPUT');
  const badVariable = await (await subscribe(OUTCOME, {})).end();
  assert.equal(badVariable.results[0]?.errors[0].extensions.code, 'BAD_USER_INPUT');
  for (const [query, code] of [
    ['subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { productCreated { id } productDeleted { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription ($on: Boolean!) { productCreated @include(if: $on) { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'subscription ($on: Boolean!) { ...A } fragment A on Subscription { ... @skip(if: $on) { productCreated { id } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['subscription {', 'GRAPHQL_PARSE_FAILED'],
    [`subscription { productCreated { ${'id '.repeat(3_000)} } }`, 'GRAPHQL_PARSE_FAILED'],
  ] as const) {
    const { errors } = await (await subscribe(query)).end();
    assert.equal((errors as { extensions: { code: string } }[])[0]?.extensions.code, code, query.slice(0, 60));
  }

  await publish(gateway.log, productEvent('created', 1));
  assert.equal((await events.next()).data.productEvents.version, 1);
});

test('queries and mutations run over the WebSocket too', async (t) => {
  const gateway = await testGateway(t);
  const { subscribe } = subscriber(t, gateway.url);
  const found = await (await subscribe(`{ product(id: "${PRODUCT_ID}") { name } }`)).end();
  assert.deepEqual(found.results, [{ data: { product: { name: 'Desk' } } }]);
});

test('what is open is counted, and no more once the client has gone', async (t) => {
  const gateway = await testGateway(t);
  const { client, subscribe } = subscriber(t, gateway.url);
  const open = async () =>
    (await gateway.registry.getSingleMetric('tributary_gateway_subscriptions_open')?.get())?.values[0]?.value;
  const first = await subscribe('subscription { productCreated { id } }');
  await subscribe('subscription { productCreated { id } }');
  assert.equal(await open(), 2);
  first.stop();
  await subscribe('{ __typename }');
  assert.equal(await open(), 1);
  await client.dispose();
  const deadline = Date.now() + 5_000;
  while ((await open()) !== 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(await open(), 0);
});
