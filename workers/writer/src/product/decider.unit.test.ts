import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import { absent, type Decision, decide, evolve, type ProductChange, type ProductState, versionOf } from './decider.ts';

const ID = '018f0000-0000-7000-8000-000000000001';
const THEN = 1_000;
const NOW = 5_000;

const lamp: Product = {
  id: ID,
  version: 1n,
  name: 'Lamp',
  description: 'It shines.',
  price: '19.99',
  createdAtMs: BigInt(THEN),
  updatedAtMs: BigInt(THEN),
};
const created: ProductChange = { kind: 'created', product: lamp };
const deleted: ProductChange = { kind: 'deleted', product: { ...lamp, version: 2n } };

const create = {
  $case: 'create',
  value: { name: 'Lamp', description: 'It shines.', price: '19.99' },
} as const satisfies ProductCommand['body'];
const update = (value: { name?: string; description?: string; price?: string }) =>
  ({ $case: 'update', value }) as const satisfies ProductCommand['body'];
const remove = { $case: 'delete', value: {} } as const satisfies ProductCommand['body'];

/** Given what happened, when a command comes, then this is decided. */
function given(...changes: ProductChange[]) {
  const state = changes.reduce<ProductState>(evolve, absent);
  return {
    when(body: ProductCommand['body'], options: Partial<ProductCommand> = {}, nowMs = NOW) {
      const command = { commandId: 'c', productId: ID, caller: 'anonymous', issuedAtMs: 0n, body, ...options };
      const decision = decide(state, command, nowMs);
      return { decides: (expected: Decision) => assert.deepEqual(printable(decision), printable(expected)) };
    },
  };
}

/** The runner cannot show a difference between bigints. */
function printable(decision: Decision): unknown {
  return JSON.parse(JSON.stringify(decision, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)));
}

const refused = (code: 'NOT_FOUND' | 'ALREADY_EXISTS' | 'VERSION_CONFLICT', message: string, currentVersion?: bigint) =>
  ({ kind: 'refused', refusal: { code, message, ...(currentVersion !== undefined && { currentVersion }) } }) as const;
const updated = (changes: Partial<Product>): Decision => ({
  kind: 'changed',
  change: { kind: 'updated', product: { ...lamp, version: 2n, updatedAtMs: BigInt(NOW), ...changes } },
});

describe('create', () => {
  test('makes version 1 of a product that is absent', () =>
    given()
      .when(create)
      .decides({
        kind: 'changed',
        change: { kind: 'created', product: { ...lamp, createdAtMs: BigInt(NOW), updatedAtMs: BigInt(NOW) } },
      }));
  test('is refused when the product is there', () =>
    given(created)
      .when(create)
      .decides(refused('ALREADY_EXISTS', 'there is already a product with this id', 1n)));
  test('is refused when the product was deleted: an id is never used again', () =>
    given(created, deleted).when(create).decides(refused('ALREADY_EXISTS', 'a product with this id was deleted')));
  test('is refused with an expected version, which nothing absent has', () =>
    given()
      .when(create, { expectedVersion: 1n })
      .decides(refused('VERSION_CONFLICT', 'a product that does not exist has no version to expect')));
});

describe('update', () => {
  test('changes the fields that are given and raises the version by one', () => {
    given(created)
      .when(update({ price: '20' }))
      .decides(updated({ price: '20' }));
    given(created)
      .when(update({ name: 'Light', description: 'It glows.' }))
      .decides(updated({ name: 'Light', description: 'It glows.' }));
  });
  test('of a product with the expected version is done', () =>
    given(created)
      .when(update({ price: '20' }), { expectedVersion: 1n })
      .decides(updated({ price: '20' })));
  test('of a product with another version is refused, though it would change nothing', () => {
    const conflict = refused('VERSION_CONFLICT', 'the product has version 1, not 2', 1n);
    given(created)
      .when(update({ price: '20' }), { expectedVersion: 2n })
      .decides(conflict);
    given(created)
      .when(update({ price: '19.99' }), { expectedVersion: 2n })
      .decides(conflict);
  });
  test('to what already is changes nothing', () => {
    given(created)
      .when(update({ name: 'Lamp', price: '19.99' }))
      .decides({ kind: 'unchanged' });
    given(created).when(update({})).decides({ kind: 'unchanged' });
  });
  test('of an absent or deleted product is refused, whatever version it expects', () => {
    const notFound = refused('NOT_FOUND', 'there is no such product');
    given()
      .when(update({ price: '20' }))
      .decides(notFound);
    given(created, deleted)
      .when(update({ price: '20' }), { expectedVersion: 2n })
      .decides(notFound);
  });
  test('does not go back in time when the clock does', () =>
    given(created)
      .when(update({ price: '20' }), {}, THEN - 500)
      .decides(updated({ price: '20', updatedAtMs: BigInt(THEN) })));
});

describe('delete', () => {
  test('leaves a tombstone with the next version', () =>
    given(created)
      .when(remove)
      .decides({
        kind: 'changed',
        change: { kind: 'deleted', product: { ...lamp, version: 2n, updatedAtMs: BigInt(NOW) } },
      }));
  test('of another version is refused', () =>
    given(created)
      .when(remove, { expectedVersion: 7n })
      .decides(refused('VERSION_CONFLICT', 'the product has version 1, not 7', 1n)));
  test('of an absent or deleted product is refused', () => {
    given().when(remove).decides(refused('NOT_FOUND', 'there is no such product'));
    given(created, deleted).when(remove).decides(refused('NOT_FOUND', 'there is no such product'));
  });
});

test('a product has the version of its last change, 0 before the first', () => {
  assert.equal(versionOf(absent), 0n);
  assert.equal(versionOf([created, deleted].reduce<ProductState>(evolve, absent)), 2n);
});

test('a command without a body is a defect of whoever let it in', () => {
  assert.throws(() => given().when(undefined));
});
