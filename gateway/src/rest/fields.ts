import { accepted, type Parsed, refused } from '@tributary/product';
import { z } from 'zod';

/** A schema whose check is a rule that every layer shares, and whose JSON Schema says the same in its own words. */
export function field<T>(rule: (value: unknown) => Parsed<T>, jsonSchema: Readonly<Record<string, unknown>>) {
  return z
    .unknown()
    .meta(jsonSchema)
    .transform((value, context): T => {
      const parsed = rule(value);
      if (parsed.ok) return parsed.value;
      context.addIssue({ code: 'custom', message: parsed.message, params: { code: parsed.code }, input: value });
      return z.NEVER;
    });
}

/** The rule of a whole number in the text of a query parameter. */
export function wholeNumber(what: string, min: number, max: number) {
  return (value: unknown): Parsed<number> => {
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max
      ? accepted(number)
      : refused('OUT_OF_RANGE', `the ${what} is not one whole number from ${min} to ${max}`);
  };
}
