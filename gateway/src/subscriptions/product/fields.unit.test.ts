import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandView } from '@tributary/product';
import { createVersionFloor, newTraceContext } from '@tributary/service';
import { GraphQLError } from 'graphql';
import { v7 } from 'uuid';
import type { ProductEventView } from './event.ts';
import type { ProductFeed } from './feed.ts';
import { createProductFields } from './fields.ts';

/** A feed that counts who listens. */
function fakeFeed() {
  const changes = new Set<(change: ProductEventView) => void>();
  const outcomes = new Set<(outcome: CommandView) => void>();
  const feed: Pick<ProductFeed, 'onChange' | 'onOutcome' | 'recentOutcome'> = {
    onChange(listener) {
      changes.add(listener);
      return () => changes.delete(listener);
    },
    onOutcome(_, listener) {
      outcomes.add(listener);
      return () => outcomes.delete(listener);
    },
    recentOutcome: () => undefined,
  };
  return { feed: feed as ProductFeed, changes, outcomes };
}

function change(version: number): ProductEventView {
  const at = new Date(0).toISOString();
  return { id: v7(), type: 'CREATED', productId: v7(), version, commandId: v7(), occurredAt: at, product: null };
}

const context = { requestId: 'r', trace: newTraceContext(), versions: createVersionFloor(), gone: new Set<string>() };

function open(field: string, args: Record<string, unknown> = {}) {
  const { feed, changes, outcomes } = fakeFeed();
  let searches = 0;
  const fields = createProductFields({
    feed,
    execute: async () => {
      searches += 1;
      return { data: { command: { state: 'PENDING' } }, errors: [] };
    },
  });
  const source = fields[field]?.(args, context);
  assert.ok(source && !(source instanceof GraphQLError));
  return { source, changes, outcomes, searches: () => searches };
}

test('a subscription that its client ends leaves no listener behind', async () => {
  const { source, changes } = open('productCreated');
  assert.equal(changes.size, 1);
  const waiting = source.next();
  await source.return();
  assert.equal((await waiting).done, true);
  assert.equal(changes.size, 0);
});

test('a search for an outcome ends with its subscription', async () => {
  const { source, outcomes, searches } = open('commandOutcome', { id: v7() });
  await new Promise(setImmediate);
  await source.return();
  assert.equal(outcomes.size, 0);
  const searched = searches();
  // The first pause of a search is shorter than this.
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.equal(searches(), searched);
});

test('a client that reads too slowly is told so, and no longer listened for', async () => {
  const { source, changes } = open('productCreated');
  for (let version = 1; version <= 1_001; version += 1) for (const listener of changes) listener(change(version));
  assert.equal(changes.size, 0);
  await assert.rejects(source.next(), { extensions: { code: 'SUBSCRIBER_TOO_SLOW' } });
});
