import { z } from 'zod';

/** What a rule says of a value: the value in its canonical form, or why it is refused. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: { readonly code: string; readonly message: string } };

/** A schema whose check is a rule that other layers share, and whose JSON Schema says the same in its own words. */
export function field<T>(rule: (value: unknown) => Parsed<T>, jsonSchema: Readonly<Record<string, unknown>>) {
  return z
    .unknown()
    .meta(jsonSchema)
    .transform((value, context): T => {
      const parsed: Parsed<T> =
        value === undefined ? { ok: false, problem: { code: 'REQUIRED', message: 'is required' } } : rule(value);
      if (parsed.ok) return parsed.value;
      const { code, message } = parsed.problem;
      context.addIssue({ code: 'custom', message, params: { code }, input: value });
      return z.NEVER;
    });
}

/** A whole number in the text of a query parameter. */
export function wholeNumber(min: number, max: number) {
  return (value: unknown): Parsed<number> => {
    if (typeof value === 'string' && /^\d{1,15}$/.test(value) && Number(value) >= min && Number(value) <= max)
      return { ok: true, value: Number(value) };
    return {
      ok: false,
      problem: { code: 'OUT_OF_RANGE', message: `must be one whole number from ${min} to ${max}` },
    };
  };
}
