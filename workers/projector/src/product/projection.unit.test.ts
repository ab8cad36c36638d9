import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { newProductId } from '@tributary/product';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import type { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { changed, present, product, recordsOf, rejected, tombstone } from '../testing/events.ts';
import { changesOf, UnreadableEventError } from './projection.ts';

test('a batch comes to each product at its newest version, and every outcome', () => {
  const first = present();
  const { id } = first.product;
  const other = present();
  const events = [changed(first), changed(present({ id, version: 3n })), changed(other), rejected()];
  const repeat = changed(present({ id, version: 2n }));
  const { products, outcomes } = changesOf(recordsOf([...events, repeat]));
  assert.deepEqual(
    products.map((state) => [state.product.id, state.product.version]),
    [
      [id, 3n],
      [other.product.id, 1n],
    ],
  );
  assert.deepEqual(
    outcomes.map(({ status }) => [status.commandId, status.state]),
    [...events, repeat].map(({ commandId, body }) => [
      commandId,
      body?.$case === 'rejected' ? CommandState.COMMAND_STATE_REJECTED : CommandState.COMMAND_STATE_COMMITTED,
    ]),
  );
});

test('a deletion leaves a tombstone with the last state', () => {
  const deleted = tombstone({ version: 2n });
  assert.deepEqual(changesOf(recordsOf([changed(deleted)])).products, [deleted]);
});

test('a command that changed nothing has an outcome and no product', () => {
  const event: ProductEvent = { ...rejected(), version: 4n, body: { $case: 'completed', value: { deleted: false } } };
  const { products, outcomes } = changesOf(recordsOf([event]));
  assert.deepEqual(products, []);
  assert.equal(outcomes[0]?.status.version, 4n);
});

test('a command whose product could not be read has an outcome too, under its own id', () => {
  const event = rejected('');
  const [record] = recordsOf([event]);
  assert(record);
  const { products, outcomes } = changesOf([{ ...record, key: event.commandId }]);
  assert.deepEqual(products, []);
  assert.equal(outcomes[0]?.status.commandId, event.commandId);
  assert.throws(() => changesOf([{ ...record, key: newProductId() }]), UnreadableEventError);
});

const fine = changed(present());
for (const [what, record] of [
  ['bytes that are no message', { value: Buffer.from([255, 255]) }],
  ['an empty value', { value: Buffer.alloc(0) }],
  ['another key', { key: newProductId() }],
  ['no key', { key: null }],
  ['no product id though it is of a product', { ...recordsOf([{ ...fine, productId: '' }])[0], key: fine.commandId }],
  ['a malformed product id', recordsOf([{ ...fine, productId: 'x' }])[0]],
  ['a product id in capitals', recordsOf([{ ...fine, productId: fine.productId.toUpperCase() }])[0]],
  ['a malformed command id', recordsOf([{ ...fine, commandId: '' }])[0]],
  ['an unknown kind', recordsOf([{ ...fine, body: undefined }])[0]],
  ['a time out of range', recordsOf([{ ...fine, occurredAtMs: -1n }])[0]],
  ['another version than its product', recordsOf([{ ...fine, version: 2n }])[0]],
  ['version 0', recordsOf([changed(present({ version: 0n }))])[0]],
  ['another product', recordsOf([{ ...fine, body: { $case: 'created', value: { product: product() } } }])[0]],
  ['no product', recordsOf([{ ...fine, body: { $case: 'updated', value: {} as never } }])[0]],
  ['a product of the far future', recordsOf([changed(present({ createdAtMs: 2n ** 62n }))])[0]],
] as const) {
  test(`a record with ${what} is no event`, () => {
    const [sound] = recordsOf([fine]);
    assert(sound && record);
    assert.doesNotThrow(() => changesOf([sound]));
    assert.throws(() => changesOf([{ ...sound, ...record }]), UnreadableEventError);
  });
}

test('an id that a newer version might give to a command is refused, not stored', () => {
  const event = { ...fine, commandId: randomUUID() };
  assert.throws(() => changesOf(recordsOf([event])), { code: 'UNREADABLE_EVENT' });
});
