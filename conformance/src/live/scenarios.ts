import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { graphql } from '@tributary/e2e';
import { until } from '@tributary/service/testing';
import { CREATE, type Create, named } from '../clients/operations.ts';
import type { Embedded } from '../embedded.ts';
import { type LiveClient, type LiveResult, liveClients } from './clients.ts';
import { openLossyLink } from './lossy-link.ts';

const EVENTS = `subscription Events($after: String) {
  productEvents(types: [CREATED], after: $after) { productId cursor product { name } }
}`;

interface Event {
  readonly productId: string;
  readonly cursor: string;
  readonly product: { readonly name: string };
}

/** What a subscription received, from its start to its end. */
function watch(client: LiveClient, query: string, variables: Record<string, unknown> = {}) {
  const results: LiveResult[] = [];
  const ends: unknown[] = [];
  const stop = client.subscribe(query, variables, {
    next: (result) => void results.push(result),
    error: (error) => void ends.push(error ?? new Error('it ended without a reason')),
    complete: () => void ends.push(null),
  });
  const events = () => results.map(({ data }) => (data as { productEvents: Event }).productEvents);
  return { results, ends, events, stop };
}

/** A client and a way to the system that it alone uses. Events that other clients cause are told apart by their names. */
export async function liveScenarios(name: string, { url, adminUrl }: Embedded): Promise<void> {
  const open = liveClients[name];
  assert(open);
  const link = await openLossyLink(url);
  const client = open(link.url);
  after(() => {
    client.close();
    link.close();
  });

  async function create(productName: string): Promise<string> {
    const { data } = await graphql<Create>(url, CREATE, { input: named(`${name}: ${productName}`) });
    return data!.createProduct.productId;
  }

  test('it goes on where it was cut off: nothing is missed and nothing repeated', async (t) => {
    const watched = watch(client, EVENTS);
    t.after(watched.stop);
    // A subscription tells nobody that it has begun: what comes first shows it.
    const seen = new Set<string>();
    await until('the subscription has begun', async () => {
      seen.add(await create('first'));
      return watched.events().length > 0;
    });
    const begun = watched.events()[0]!;
    const wanted = [...seen].slice([...seen].indexOf(begun.productId));
    for (const cut of [1, 2]) {
      link.cut();
      wanted.push(await create(`while it was cut off for the ${cut}. time`));
      link.mend();
      wanted.push(await create(`after the ${cut}. cut`));
    }
    await until('all have come', () => watched.events().length >= wanted.length, 20_000);
    wanted.push(await create('last'));
    await until('the last has come', () => watched.events().length >= wanted.length);
    assert.deepEqual(
      watched.events().map(({ productId }) => productId),
      wanted,
    );
    assert.deepEqual(watched.ends, []);
  });

  test('cut off before its first event, it misses none either', async (t) => {
    await until('no other is open', async () => (await openSubscriptions(adminUrl)) === 0);
    const watched = watch(client, EVENTS);
    t.after(watched.stop);
    await until('it is open', async () => (await openSubscriptions(adminUrl)) === 1);
    link.cut();
    const missed = await create('missed at first');
    link.mend();
    await until('it has come', () => watched.events().some(({ productId }) => productId === missed), 20_000);
    assert.equal(watched.events().filter(({ productId }) => productId === missed).length, 1);
  });

  test('a cursor that was not given by the service ends it with CURSOR_INVALID, and without one it goes on', async (t) => {
    const watched = watch(client, EVENTS, { after: 'forged' });
    t.after(watched.stop);
    await until('it is refused', () => watched.ends.length > 0 || watched.results.length > 0);
    assert.match(JSON.stringify([codesOf(watched.ends[0]), watched.results]), /CURSOR_INVALID/);
    const again = watch(client, EVENTS);
    t.after(again.stop);
    await until('events come', async () => {
      await create('from now on');
      return again.events().length > 0;
    });
  });

  test('an outcome comes and completes the subscription', async () => {
    const { data } = await graphql<Create>(url, CREATE, { input: named(`${name}: with an outcome`) });
    const { id } = data!.createProduct.command;
    const watched = watch(client, 'subscription ($id: ID!) { commandOutcome(id: $id) { id state } }', { id });
    await until('it ends', () => watched.ends.length > 0);
    assert.deepEqual(watched.ends, [null]);
    const [result] = watched.results;
    assert.deepEqual(JSON.parse(JSON.stringify(result?.data)).commandOutcome.state, 'COMMITTED');
  });
}

/** How many subscriptions to product events the system serves now. */
async function openSubscriptions(adminUrl: string): Promise<number> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  return Number(/^tributary_gateway_subscriptions_open\{field="productEvents"\} (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

function codesOf(end: unknown): unknown {
  if (Array.isArray(end)) return end;
  return (end as { errors?: unknown } | null)?.errors ?? String(end);
}
