import assert from 'node:assert/strict';
import { test } from 'node:test';
import { productEvents } from '@tributary/proto/topics.ts';
import { until } from '@tributary/service/testing';
import { productEvent, productState, publish } from '../testing/events.ts';
import { testGateway } from '../testing/gateway.ts';
import { fakeInventory, supergraphWithInventory } from '../testing/inventory.ts';
import { testLog } from '../testing/live.ts';
import { type Subscription, subscriber } from '../testing/subscriber.ts';
import { randomCursorKey } from './cursor.ts';

const EVENTS = 'subscription ($after: String) { productEvents(after: $after) { version cursor } }';
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);
const updated = (version: number) => productEvent('updated', version);
/** So large that memory holds some dozens of them. */
function large(version: number) {
  return productEvent('updated', version, {
    value: { product: { ...productState(version), description: 'x'.repeat(900_000) } },
  });
}

async function take(subscription: Subscription, count: number) {
  const results = [];
  while (results.length < count) results.push(await subscription.next());
  return results;
}
const versionsOf = (results: Awaited<ReturnType<typeof take>>) => results.map(({ data }) => data.productEvents.version);

test('a client goes on from its cursor, from memory and from the log, at the gateway that gave it and at one that starts anew', async (t) => {
  const cursorKeys = [randomCursorKey()];
  const log = await testLog(t);
  const gateway = await testGateway(t, { log, cursorKeys });
  const { subscribe } = subscriber(t, gateway.url);
  const events = await subscribe(EVENTS);
  await publish(log, updated(1), updated(2));
  const [first] = await take(events, 2);
  const after: string = first!.extensions.cursor;

  const fromMemory = await subscribe(EVENTS, { after });
  assert.deepEqual(versionsOf(await take(fromMemory, 1)), [2]);
  for (const version of range(3, 60)) await publish(log, large(version));
  const fresh = await testGateway(t, { log, cursorKeys });
  for (const { url } of [gateway, fresh]) {
    const resumed = await subscriber(t, url).subscribe(EVENTS, { after });
    await publish(log, updated(1));
    assert.deepEqual(versionsOf(await take(resumed, 59)), range(2, 60));
  }
  const replayed = gateway.registry.getSingleMetric('tributary_gateway_subscription_replayed_records_total');
  assert(((await replayed?.get())?.values[0]?.value ?? 0) > 0, 'memory has all of it');
});

test('a client is told of a cursor that is none or is too old, and goes on from now without it', async (t) => {
  let nowMs = Date.now();
  const log = await testLog(t, { nowMs: () => nowMs, retentionCheckMs: 5 });
  const cursorKeys = [randomCursorKey()];
  const before = await testGateway(t, { log, cursorKeys });
  const events = await subscriber(t, before.url).subscribe(EVENTS);
  await publish(log, updated(1), updated(2));
  const [first] = await take(events, 2);
  nowMs += productEvents.retentionMs + 1;
  await until('the records have gone', async () =>
    [...(await log.offsets(productEvents.name)).values()].every(({ start, end }) => start === end),
  );

  const { url } = await testGateway(t, { log, cursorKeys });
  const { subscribe } = subscriber(t, url);
  for (const [after, code] of [
    ['x', 'CURSOR_INVALID'],
    [first!.extensions.cursor, 'CURSOR_EXPIRED'],
  ] as const) {
    const { errors } = await (await subscribe(EVENTS, { after })).end();
    assert.equal((errors as { extensions: { code: string } }[])[0]?.extensions.code, code);
  }
  const fromNow = await subscribe(EVENTS);
  await publish(log, updated(3));
  assert.deepEqual(versionsOf(await take(fromNow, 1)), [3]);
});

test('clients of different rights and one document see what is theirs, over the whole way', async (t) => {
  const inventory = await fakeInventory((_, { headers }) => (headers['x-role'] === 'seller' ? 1_000 : 1));
  t.after(() => inventory.stop());
  const gateway = await testGateway(t, {
    supergraph: { sdl: supergraphWithInventory(), urls: { inventory: [inventory.url] } },
    identify({ connectionParams }) {
      const role = String(connectionParams.role);
      return { visibility: role, headers: { 'x-role': role } };
    },
  });
  const query = 'subscription ($after: String) { productEvents(after: $after) { product { stock } } }';
  const roles = ['buyer', 'seller', 'buyer', 'seller'];
  const clients = roles.map((role) => subscriber(t, gateway.url, { connectionParams: { role } }));
  const open = await Promise.all(clients.map(({ subscribe }) => subscribe(query)));
  await publish(gateway.log, productEvent('updated', 1), productEvent('updated', 2));
  const cursors: string[] = [];
  for (const [index, subscription] of open.entries())
    for (const { data, extensions } of await take(subscription, 2)) {
      assert.deepEqual(data, { productEvents: { product: { stock: roles[index] === 'seller' ? 1_000 : 1 } } });
      cursors.push(extensions.cursor);
    }
  assert.equal(inventory.requests.length, 4, 'two events, two classes');

  // Each goes on from the other one's cursor.
  for (const [index, { subscribe }] of clients.entries()) {
    const resumed = await subscribe(query, { after: cursors[0]! });
    assert.deepEqual((await resumed.next()).data, {
      productEvents: { product: { stock: roles[index] === 'seller' ? 1_000 : 1 } },
    });
  }
  assert.equal(inventory.requests.length, 4, 'the results are known');
});
