import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { productIdForKey } from '@tributary/product';
import type { RawFields } from './reading/raw-row.ts';
import { type CheckedRow, checkRow } from './row.ts';
import { openSeenRows, type SeenRows } from './seen.ts';

const pan: RawFields = { name: ' Pan ', description: 'Flat', price: '09.90' };

let seen: SeenRows;
let row: number;
beforeEach(() => {
  seen = openSeenRows();
  row = 0;
});
afterEach(() => seen.close());

function check(fields: RawFields): CheckedRow {
  row += 1;
  return checkRow({ line: row + 1, fields }, row, seen);
}
function itemOf(checked: CheckedRow) {
  if ('reject' in checked) throw new Error(checked.reject.reason);
  return checked.item;
}
function codeOf(checked: CheckedRow) {
  return 'reject' in checked ? checked.reject.code : null;
}
const keys = (rows: readonly RawFields[]) => rows.map((fields) => itemOf(check(fields)).input.idempotencyKey);

test('a row is sent in its canonical form, and its id is known before', () => {
  const item = itemOf(check({ ...pan, key: 'SKU-1' }));
  assert.deepEqual(item.input, { name: 'Pan', description: 'Flat', price: '9.9', idempotencyKey: 'import:SKU-1' });
  assert.equal(item.productId, productIdForKey('anonymous', 'import:SKU-1'));
  assert.deepEqual([item.row, item.line, item.isThere], [1, 2, false]);
  const without = itemOf(check(pan));
  assert.equal(without.productId, productIdForKey('anonymous', without.input.idempotencyKey));
});

test('without a key, rows are known by their content: editing other lines changes nothing', () => {
  const pot = { ...pan, name: 'Pot' };
  const [a, b, c] = keys([pan, pot, pan]);
  assert.equal(new Set([a, b, c]).size, 3);
  seen.close();
  seen = openSeenRows();
  assert.deepEqual(keys([{ ...pot, price: '1' }, { ...pan, price: '9.9' }, pan, pot]).slice(1), [a, c, b]);
});

test('a key that comes again is the same product, or a mistake', () => {
  itemOf(check({ ...pan, key: 'a' }));
  assert.equal(itemOf(check({ ...pan, key: ' a ', price: 9.9 })).isThere, true);
  const other = check({ ...pan, key: 'a', price: '10' });
  assert.deepEqual('reject' in other && other.reject, {
    code: 'IDEMPOTENCY_KEY_REUSED',
    reason: 'line 2 has the same key and another content',
    line: 4,
    fields: { ...pan, key: 'a', price: '10' },
  });
  assert.equal(itemOf(check(pan)).isThere, false);
});

test('the rules of every layer hold here already, all problems of a row in one reason', () => {
  assert.equal(codeOf(check({ ...pan, price: '9,90' })), 'NOT_A_DECIMAL');
  assert.equal(codeOf(check({ ...pan, key: 'k'.repeat(250) })), 'TOO_LONG');
  const empty = check({});
  assert.match('reject' in empty ? empty.reject.reason : '', /name.*; .*description.*; .*price/);
});

test('a row that could not be read is a reject with its text', () => {
  const unreadable = { code: 'UNREADABLE', reason: 'the line is not JSON' };
  assert.deepEqual(checkRow({ line: 7, unreadable, text: '{' }, 6, seen), {
    reject: { ...unreadable, line: 7, fields: null, text: '{' },
  });
});
