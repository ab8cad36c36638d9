import type { z } from 'zod';
import type { Problem } from './answer.ts';

export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Checks a part of a request against its schema and says all that is wrong with it at once. */
export function check<S extends z.ZodType>(schema: S, value: unknown): Checked<z.output<S>> {
  const parsed = schema.safeParse(value);
  return parsed.success
    ? { ok: true, value: parsed.data }
    : { ok: false, problems: parsed.error.issues.flatMap(problemsOfIssue).slice(0, MOST_PROBLEMS) };
}

/** All that is wrong with the parts of a request together. */
export function problemsOf(...parts: readonly Checked<unknown>[]): readonly Problem[] {
  return parts.flatMap((part) => (part.ok ? [] : part.problems));
}

/** An answer must not grow with what a caller makes up. */
const MOST_PROBLEMS = 20;
const MOST_NAME_CHARACTERS = 64;

function problemsOfIssue(issue: z.core.$ZodIssue): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key.slice(0, MOST_NAME_CHARACTERS)],
      code: 'UNKNOWN_FIELD',
      message: 'the field is unknown',
    }));
  if (issue.code === 'custom') {
    const code = typeof issue.params?.code === 'string' ? issue.params.code : 'INVALID';
    return [{ path, code, message: issue.message }];
  }
  if (issue.code === 'invalid_type') return [{ path, code: 'WRONG_TYPE', message: `not ${nameOf(issue.expected)}` }];
  return [{ path, code: 'INVALID', message: issue.message }];
}

function nameOf(type: string): string {
  return type === 'object' ? 'a JSON object' : `a ${type}`;
}
