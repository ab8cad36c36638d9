import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePrice, priceToNumber } from './price.ts';

for (const [value, canonical] of [
  ['19.99', '19.99'],
  [19.99, '19.99'],
  ['1.50', '1.5'],
  ['007', '7'],
  ['0.0000', '0'],
  ['-0', '0'],
  [-0, '0'],
  [0.1, '0.1'],
  [1e3, '1000'],
  ['99999999999.9999', '99999999999.9999'],
  [99999999999.9999, '99999999999.9999'],
] as const) {
  test(`${JSON.stringify(value)} is the price ${canonical}`, () => {
    assert.deepEqual(parsePrice(value), { ok: true, value: canonical });
    assert.equal(String(priceToNumber(canonical)), canonical);
  });
}

for (const [value, code] of [
  [-1, 'NEGATIVE'],
  ['-0.01', 'NEGATIVE'],
  [-1e30, 'NEGATIVE'],
  [Number.POSITIVE_INFINITY, 'NOT_A_DECIMAL'],
  [1e30, 'TOO_MANY_DIGITS'],
  [1e-7, 'TOO_MANY_DIGITS'],
  ['1e3', 'NOT_A_DECIMAL'],
  ['abc', 'NOT_A_DECIMAL'],
  ['', 'NOT_A_DECIMAL'],
  [' 1', 'NOT_A_DECIMAL'],
  ['+1', 'NOT_A_DECIMAL'],
  ['.5', 'NOT_A_DECIMAL'],
  ['5.', 'NOT_A_DECIMAL'],
  ['١', 'NOT_A_DECIMAL'],
  [Number.NaN, 'NOT_A_DECIMAL'],
  [true, 'NOT_A_DECIMAL'],
  [{}, 'NOT_A_DECIMAL'],
  [19.999999, 'TOO_MANY_DIGITS'],
  ['123456789012', 'TOO_MANY_DIGITS'],
  ['1'.repeat(1_000_000), 'NOT_A_DECIMAL'],
  [undefined, 'REQUIRED'],
  [null, 'REQUIRED'],
] as const) {
  test(`${String(JSON.stringify(value)).slice(0, 30)} is refused as ${code}`, () => {
    const parsed = parsePrice(value);
    assert.equal(parsed.ok ? parsed.value : parsed.code, code);
  });
}
