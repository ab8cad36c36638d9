import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { comparePrices, parsePrice, priceToNumber } from './price.ts';

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
  test(`${inspect(value)} is the price ${canonical}`, () => {
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
  ['1e400', 'NOT_A_DECIMAL'],
  ['NaN', 'NOT_A_DECIMAL'],
  ['0x10', 'NOT_A_DECIMAL'],
  ['1,5', 'NOT_A_DECIMAL'],
  ['1.5\n', 'NOT_A_DECIMAL'],
  [1n, 'NOT_A_DECIMAL'],
  [0.1 + 0.2, 'TOO_MANY_DIGITS'],
  ['0.00001', 'TOO_MANY_DIGITS'],
  ['1'.repeat(1_000_000), 'TOO_LONG'],
  [`0.${'0'.repeat(10_000)}1`, 'TOO_LONG'],
  [undefined, 'REQUIRED'],
  [null, 'REQUIRED'],
] as const) {
  test(`${inspect(value).slice(0, 30)} is refused as ${code}`, () => {
    const parsed = parsePrice(value);
    assert.equal(parsed.ok ? parsed.value : parsed.code, code);
  });
}

test('every price of fifteen digits is exact as a JSON number', () => {
  for (const price of ['99999999999.9999', '99999999999.9998', '10000000000.0001', '0.0001', '19.99', '0.3']) {
    const read: unknown = JSON.parse(JSON.stringify({ price: priceToNumber(price) })).price;
    assert.deepEqual(parsePrice(read), { ok: true, value: price });
  }
});

test('prices are ordered by value, not as text', () => {
  const prices = ['100', '9.5', '99999999999.9999', '9.49', '0', '99999999999.9998'];
  assert.deepEqual(prices.sort(comparePrices), ['0', '9.49', '9.5', '100', '99999999999.9998', '99999999999.9999']);
  assert.equal(comparePrices('1.5', '1.5'), 0);
});

test('a refusal does not echo the value', () => {
  for (const value of ['x'.repeat(50), '9'.repeat(1_000_000), -1e300]) {
    const parsed = parsePrice(value);
    assert(!parsed.ok);
    assert(parsed.message.length < 100 && !parsed.message.includes('xxx') && !parsed.message.includes('999'));
  }
});
