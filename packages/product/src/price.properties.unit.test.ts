import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PRICE_MAX_FRACTION_DIGITS, PRICE_MAX_INTEGER_DIGITS } from './limits.ts';
import { comparePrices, parsePrice, priceToNumber } from './price.ts';

const SCALE = 10n ** BigInt(PRICE_MAX_FRACTION_DIGITS);
const MAX_UNITS = 10n ** BigInt(PRICE_MAX_INTEGER_DIGITS + PRICE_MAX_FRACTION_DIGITS) - 1n;

/** Every price there is, as a whole number of its smallest unit: what no float touches. */
const units = fc.oneof(
  fc.bigInt({ min: 0n, max: MAX_UNITS }),
  fc.bigInt({ min: 0n, max: 100_000n }),
  fc.bigInt({ min: MAX_UNITS - 100_000n, max: MAX_UNITS }),
);
const zeros = fc.integer({ min: 0, max: 8 }).map((count) => '0'.repeat(count));

function textOf(price: bigint): string {
  return `${price / SCALE}.${(price % SCALE).toString().padStart(PRICE_MAX_FRACTION_DIGITS, '0')}`;
}

/** The exact value of a canonical text, without the code under test. */
function unitsOf(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole) * SCALE + BigInt(fraction.padEnd(PRICE_MAX_FRACTION_DIGITS, '0'));
}

function canonical(value: unknown): string {
  const parsed = parsePrice(value);
  assert(parsed.ok, `${value} is refused: ${parsed.ok || parsed.message}`);
  return parsed.value;
}

const holds = <T>(property: fc.IProperty<T>) => fc.assert(property, { numRuns: 2_000, seed: 5 });

test('a price keeps its exact value, and its canonical form has neither superfluous zeros nor a bare point', () =>
  holds(
    fc.property(units, (price) => {
      const text = canonical(textOf(price));
      assert.equal(unitsOf(text), price);
      assert.match(text, /^(0|[1-9]\d*)(\.\d*[1-9])?$/);
    }),
  ));

test('the canonical form of a canonical form is itself', () =>
  holds(fc.property(units, (price) => assert.equal(canonical(canonical(textOf(price))), canonical(textOf(price))))));

test('however a number is written, it is the same price', () =>
  holds(
    fc.property(units, zeros, zeros, (price, before, after) => {
      const text = canonical(textOf(price));
      assert.equal(canonical(`${before}${textOf(price)}${after}`), text);
      if (price % SCALE === 0n) assert.equal(canonical(`${before}${price / SCALE}`), text);
      if (price === 0n) assert.equal(canonical(`-${before}${textOf(price)}`), '0');
    }),
  ));

test('two prices are written alike just when they are the same', () =>
  holds(fc.property(units, units, (a, b) => assert.equal(canonical(textOf(a)) === canonical(textOf(b)), a === b))));

test('a price is exact through every form: a number, JSON, a string of either', () =>
  holds(
    fc.property(units, (price) => {
      const text = canonical(textOf(price));
      assert.equal(canonical(priceToNumber(text)), text);
      assert.equal(canonical(JSON.parse(JSON.stringify({ price: priceToNumber(text) })).price), text);
      assert.equal(canonical(JSON.parse(text)), text);
      assert.equal(canonical(String(priceToNumber(text))), text);
    }),
  ));

test('prices are ordered as their exact values are', () =>
  holds(
    fc.property(units, units, (a, b) => {
      const order = comparePrices(canonical(textOf(a)), canonical(textOf(b)));
      assert.equal(Math.sign(order), a === b ? 0 : a < b ? -1 : 1);
    }),
  ));

test('what is beyond a limit is refused, whatever it is written with', () => {
  const tooLarge = fc.bigInt({ min: MAX_UNITS + 1n, max: MAX_UNITS * 1_000n }).map(textOf);
  const tooFine = fc
    .tuple(units, fc.integer({ min: 1, max: 9 }), zeros)
    .map(([price, digit, zeroes]) => `${textOf(price)}${zeroes}${digit}`);
  const negative = units.filter((price) => price > 0n).map((price) => `-${textOf(price)}`);
  const codeOf = (value: unknown) => {
    const parsed = parsePrice(value);
    return parsed.ok ? `accepted as ${parsed.value}` : parsed.code;
  };
  holds(fc.property(tooLarge, zeros, (text, before) => assert.equal(codeOf(`${before}${text}`), 'TOO_MANY_DIGITS')));
  holds(fc.property(tooFine, zeros, (text, after) => assert.equal(codeOf(`${text}${after}`), 'TOO_MANY_DIGITS')));
  holds(fc.property(negative, (text) => assert.equal(codeOf(text), 'NEGATIVE')));
});

test('anything at all is either refused or a price that is exactly what was written', () =>
  holds(
    fc.property(
      fc.oneof(fc.anything(), fc.double(), fc.string({ unit: 'grapheme' }), fc.stringMatching(/^-?[\d.]{0,20}$/)),
      (value) => {
        const parsed = parsePrice(value);
        if (!parsed.ok) return;
        assert(typeof value === 'string' || typeof value === 'number');
        assert.equal(Number(parsed.value), Math.abs(Number(value)));
        assert(unitsOf(parsed.value) <= MAX_UNITS);
      },
    ),
  ));
