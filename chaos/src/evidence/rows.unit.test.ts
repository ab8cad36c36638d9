import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonical, inboxRowOf, productOf } from './rows.ts';

test('rows of the write model become evidence', () => {
  const product = { id: 'p', version: '3', name: 'n', description: 'd', price: '1.5000', deleted: true };
  assert.deepEqual(productOf(product), { ...product, version: 3, price: '1.5' });
  const row = {
    command_id: 'c',
    caller: 'anonymous',
    idempotency_key: 'k',
    aggregate_id: 'p',
    version: '3',
    rejection_code: null,
  };
  assert.deepEqual(inboxRowOf(row), {
    commandId: 'c',
    caller: 'anonymous',
    key: 'k',
    outcome: { state: 'COMMITTED', productId: 'p', version: 3, rejection: null },
  });
  // The version of a refusal is the product's, and nobody is told it as the command's.
  assert.deepEqual(inboxRowOf({ ...row, rejection_code: 'NOT_FOUND' }).outcome, {
    state: 'REJECTED',
    productId: 'p',
    version: null,
    rejection: 'NOT_FOUND',
  });
});

test('prices are compared in canonical form, and what is none stays for the checker to find', () => {
  assert.deepEqual(['1.50', '0.0001', '5', 'x'].map(canonical), ['1.5', '0.0001', '5', 'x']);
});
