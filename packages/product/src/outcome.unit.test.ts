import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import type { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { RejectionCode } from '@tributary/proto/gen/products/v1/product.ts';
import { newCommandId, newProductId } from './ids.ts';
import { outcomeOf } from './outcome.ts';

const commandId = newCommandId();
const productId = newProductId();
const rejection = { code: RejectionCode.REJECTION_CODE_VERSION_CONFLICT, message: 'changed', currentVersion: 3n };

function outcome(body: ProductEvent['body']) {
  const event = { eventId: newCommandId(), commandId, productId, version: 3n, occurredAtMs: 1n, caller: 'a', body };
  const status = outcomeOf(event);
  assert.equal(status.commandId, commandId);
  assert.equal(status.productId, productId);
  const { state, version, deleted, rejection } = status;
  return { state, version, deleted, rejection };
}

const { COMMAND_STATE_COMMITTED, COMMAND_STATE_PENDING, COMMAND_STATE_REJECTED } = CommandState;
const committed = { state: COMMAND_STATE_COMMITTED, version: 3n, deleted: false, rejection: undefined };
const rejected = { state: COMMAND_STATE_REJECTED, version: undefined, deleted: false, rejection };

test('a change is committed at the version of its event', () => {
  assert.deepEqual(outcome({ $case: 'created', value: {} }), committed);
  assert.deepEqual(outcome({ $case: 'updated', value: {} }), committed);
  assert.deepEqual(outcome({ $case: 'deleted', value: {} }), { ...committed, deleted: true });
});

test('a rejection says why and has no version', () => {
  assert.deepEqual(outcome({ $case: 'rejected', value: { rejection } }), rejected);
});

test('a rejection without a reason is a rejection all the same', () => {
  const status = outcome({ $case: 'rejected', value: {} });
  assert.equal(status.state, COMMAND_STATE_REJECTED);
  assert.equal(status.rejection?.code, RejectionCode.REJECTION_CODE_INTERNAL);
});

test('a repeat of a key ends as the first command did', () => {
  assert.deepEqual(outcome({ $case: 'completed', value: { deleted: false } }), committed);
  assert.deepEqual(outcome({ $case: 'completed', value: { deleted: true } }), { ...committed, deleted: true });
  assert.deepEqual(outcome({ $case: 'completed', value: { deleted: false, rejection } }), rejected);
});

test('an event of a kind that this version does not know tells no outcome', () => {
  assert.deepEqual(outcome(undefined), {
    state: COMMAND_STATE_PENDING,
    version: undefined,
    deleted: false,
    rejection: undefined,
  });
});

test('a command whose product could not be read has an outcome without one', () => {
  const event = { eventId: newCommandId(), commandId, productId: '', version: 0n, occurredAtMs: 1n, caller: '' };
  const status = outcomeOf({ ...event, body: { $case: 'rejected', value: { rejection } } });
  assert.equal(status.state, COMMAND_STATE_REJECTED);
  assert.equal(status.productId, undefined);
});
