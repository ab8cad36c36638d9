import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphql, subscribe } from '../client.ts';
import { gatewayOf, type System } from '../system.ts';
import { create } from './commands.ts';

interface Created {
  productCreated: {
    type: string;
    productId: string;
    version: number;
    product: { id: string; name: string; price: string };
  };
}

export function subscriptionScenarios(system: System): void {
  const [gateway] = system.gateways;

  test('every gateway streams what was created through any of them', async () => {
    const subscribers = await Promise.all(
      system.gateways.map((url) =>
        subscribe<Created>(url, 'subscription { productCreated { type productId version product { id name price } } }'),
      ),
    );
    const ids: string[] = [];
    for (let n = 0; n < 10; n++) ids.push((await create(gatewayOf(system, n), { name: `Live ${n}` })).productId);
    for (const subscriber of subscribers) {
      for (const [n, id] of ids.entries()) {
        const event = await subscriber.next(({ productCreated }) => productCreated.productId === id);
        assert.deepEqual(event.productCreated, {
          type: 'CREATED',
          productId: id,
          version: 1,
          product: { id, name: `Live ${n}`, price: '19.99' },
        });
      }
      const seen = subscriber.received.filter(({ productCreated }) => ids.includes(productCreated.productId));
      assert.equal(seen.length, ids.length, 'each event comes once');
      await subscriber.close();
    }
  });

  test('the events of one product come in the order of its versions', async () => {
    const { productId } = await create(gateway);
    const subscriber = await subscribe<{ productEvents: { type: string; version: number; product: unknown } }>(
      gatewayOf(system, 1),
      'subscription ($ids: [ID!]) { productEvents(productIds: $ids) { type version product { id } } }',
      { ids: [productId] },
    );
    const change = (mutation: string) =>
      graphql(gateway, `mutation ($id: ID!) { ${mutation} { version } }`, { id: productId });
    for (let n = 0; n < 5; n++) await change(`updateProduct(input: { id: $id, name: "Name ${n}" })`);
    await change('deleteProduct(input: { id: $id })');
    await subscriber.next(({ productEvents }) => productEvents.type === 'DELETED');
    const updates = subscriber.received.filter(({ productEvents }) => productEvents.type === 'UPDATED');
    const versions = updates.map(({ productEvents }) => productEvents.version);
    assert.deepEqual(
      versions,
      [...versions].sort((a, b) => a - b),
    );
    assert.equal(subscriber.received.at(-1)?.productEvents.version, 7);
    assert.equal(subscriber.received.at(-1)?.productEvents.product, null);
    await subscriber.close();
  });

  test('the outcome of a command is told once, also when it is known already', async () => {
    const payload = await create(gateway, { wait: 'NONE' });
    for (const url of system.gateways) {
      const subscriber = await subscribe<{ commandOutcome: { state: string; productId: string; version: number } }>(
        url,
        'subscription ($id: ID!) { commandOutcome(id: $id) { state productId version } }',
        { id: payload.command.id },
      );
      const { commandOutcome } = await subscriber.next(() => true);
      assert.deepEqual(commandOutcome, { state: 'COMMITTED', productId: payload.productId, version: 1 });
      await subscriber.close();
    }
  });
}
