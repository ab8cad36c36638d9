import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  commandIdTimeMs,
  isExpiredCommandId,
  newCommandId,
  newProductId,
  parseCommandId,
  parseProductId,
  productIdForKey,
} from './ids.ts';

test('an idempotency key always makes the same product id, per caller', () => {
  const id = productIdForKey('anonymous', 'order-7');
  assert.equal(productIdForKey('anonymous', 'order-7'), id);
  assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(productIdForKey('other', 'order-7'), id);
  assert.notEqual(productIdForKey('a', 'bc'), productIdForKey('ab', 'c'));
  assert.notEqual(productIdForKey('a","b', 'c'), productIdForKey('a', 'b","c'));
  assert.deepEqual(parseProductId(id), { ok: true, value: id });
});

test('ids are canonical in lower case', () => {
  const id = newProductId();
  assert.deepEqual(parseProductId(id.toUpperCase()), { ok: true, value: id });
});

test('a malformed id is refused', () => {
  for (const value of [
    '',
    'x',
    '123e4567-e89b-42d3-a456-426614174000',
    '00000000-0000-0000-0000-000000000000',
    `${newProductId()} `,
    `{${newProductId()}}`,
    newProductId().replaceAll('-', ''),
    'x'.repeat(1_000_000),
    7,
    {},
  ]) {
    const parsed = parseProductId(value);
    assert.equal(parsed.ok ? parsed.value : parsed.code, 'NOT_AN_ID');
  }
  const missing = parseProductId(null);
  assert.equal(missing.ok ? missing.value : missing.code, 'REQUIRED');
  assert.equal(parseCommandId(productIdForKey('a', 'b')).ok, false, 'a command id is never made from a key');
});

test('a command id tells when it was made, so that it can expire', () => {
  const before = Date.now();
  const id = newCommandId();
  const madeMs = commandIdTimeMs(id);
  assert(madeMs >= before && madeMs <= Date.now());
  assert.equal(isExpiredCommandId(id, madeMs + 1_000, 1_000), false);
  assert.equal(isExpiredCommandId(id, madeMs + 1_001, 1_000), true);
  assert.equal(isExpiredCommandId(id, madeMs - 60_000, 1_000), false, 'from a clock that is ahead');
  assert.equal(isExpiredCommandId(id, madeMs - 60_001, 1_000), true, 'from the future');
  // The example of RFC 9562, appendix A.6.
  assert.equal(commandIdTimeMs('017f22e2-79b0-7cc3-98c4-dc0c0c07398f'), 1_645_557_742_000);
});
