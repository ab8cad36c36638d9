import { PRICE_MAX_FRACTION_DIGITS, PRICE_MAX_INTEGER_DIGITS } from './limits.ts';
import { accepted, type Parsed, refused } from './parsed.ts';

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
/** Longer texts are refused before any work. */
const MAX_CHARACTERS = 64;

/**
 * A price in its canonical form: an exact decimal, at least 0, without exponent, superfluous zeros or sign. Reads a
 * string or a number; a number counts as what it prints as, so 19.99 is exactly 19.99.
 */
export function parsePrice(value: unknown): Parsed<string> {
  if (value === undefined || value === null) return refused('REQUIRED', 'the price is missing');
  if (typeof value !== 'string' && typeof value !== 'number')
    return refused('NOT_A_DECIMAL', 'the price is not a decimal number');
  const text = String(value);
  if (text.length > MAX_CHARACTERS) return refused('TOO_LONG', `the price is longer than ${MAX_CHARACTERS} characters`);
  const match = DECIMAL.exec(text);
  if (!match) return refuseText(value);
  const [, sign, whole = '', decimals = ''] = match;
  const integer = whole.replace(/^0+(?=\d)/, '');
  const fraction = decimals.replace(/0+$/, '');
  const canonical = fraction === '' ? integer : `${integer}.${fraction}`;
  if (sign === '-' && canonical !== '0') return refused('NEGATIVE', 'the price is negative');
  if (integer.length > PRICE_MAX_INTEGER_DIGITS)
    return refused('TOO_MANY_DIGITS', `the price has more than ${PRICE_MAX_INTEGER_DIGITS} digits before the point`);
  if (fraction.length > PRICE_MAX_FRACTION_DIGITS)
    return refused('TOO_MANY_DIGITS', `the price has more than ${PRICE_MAX_FRACTION_DIGITS} digits after the point`);
  return accepted(canonical);
}

/** A number that prints with an exponent is too large or too small; anything else is no decimal. */
function refuseText(value: string | number) {
  if (typeof value === 'number' && Number.isFinite(value))
    return value < 0
      ? refused('NEGATIVE', 'the price is negative')
      : refused('TOO_MANY_DIGITS', 'the price is too large or has too many digits');
  return refused('NOT_A_DECIMAL', 'the price is not a decimal number');
}

/** A canonical price as a JSON number: exact, since it has at most 15 digits. */
export function priceToNumber(price: string): number {
  return Number(price);
}

/** Orders canonical prices by value: negative, zero or positive, for `sort`. */
export function comparePrices(a: string, b: string): number {
  return priceToNumber(a) - priceToNumber(b);
}
