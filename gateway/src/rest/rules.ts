import type { Parsed } from './fields.ts';

export const page = { maxSize: 100, maxReach: 10_000 } as const;

const text =
  (max: number, control: RegExp) =>
  (value: unknown): Parsed<string> => {
    if (typeof value !== 'string') return refused('WRONG_TYPE', 'must be a string');
    const trimmed = value.trim();
    const length = [...trimmed].length;
    if (length < 1 || length > max) return refused('LENGTH', `must be 1 to ${max} characters after trimming`);
    if (!trimmed.isWellFormed() || control.test(trimmed)) return refused('CHARACTERS', 'must be plain text');
    return { ok: true, value: trimmed };
  };

export const name = text(250, /\p{Cc}/u);
export const description = text(5_000, /[^\P{Cc}\t\n]/u);

export function price(value: unknown): Parsed<string> {
  const digits = typeof value === 'number' ? String(value) : value;
  if (typeof digits !== 'string' || !/^\d{1,11}(\.\d{1,4})?$/.test(digits))
    return refused('PRICE', 'must be a decimal, at least 0, with at most 11 digits before and 4 after the point');
  return { ok: true, value: digits };
}

export function productId(value: unknown): Parsed<string> {
  if (typeof value !== 'string' || !/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(value))
    return refused('MALFORMED_ID', 'must be a lower-case UUID');
  return { ok: true, value };
}

export function search(value: unknown): Parsed<string> {
  if (typeof value !== 'string') return refused('WRONG_TYPE', 'must be one text');
  const terms = value.match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  if (terms.length > 10) return refused('TOO_MANY_TERMS', 'must have at most 10 terms');
  return [...value].length > 200 ? refused('LENGTH', 'must be at most 200 characters') : { ok: true, value };
}

function refused(code: string, message: string): Parsed<never> {
  return { ok: false, problem: { code, message } };
}
