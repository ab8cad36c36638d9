/** What became of a value from outside: the value in its canonical form, or why it is refused. */
export type Parsed<T> = { readonly ok: true; readonly value: T } | Refused;

export interface Refused {
  readonly ok: false;
  /** A stable word for programs. */
  readonly code: ProblemCode;
  /** A sentence for people. Never echoes the value. */
  readonly message: string;
}

export type ProblemCode =
  | 'REQUIRED'
  | 'NOT_TEXT'
  | 'TOO_SHORT'
  | 'TOO_LONG'
  | 'MALFORMED_UNICODE'
  | 'CONTROL_CHARACTER'
  | 'NOT_A_DECIMAL'
  | 'NEGATIVE'
  | 'TOO_MANY_DIGITS'
  | 'NOT_AN_ID'
  | 'NOT_A_VERSION'
  | 'TOO_MANY_TERMS'
  | 'OUT_OF_RANGE';

export function accepted<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refused(code: ProblemCode, message: string): Refused {
  return { ok: false, code, message };
}
