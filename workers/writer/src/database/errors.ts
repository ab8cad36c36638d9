/** Another writer changed what this transaction had read: it must run again. */
export class ConflictError extends Error {
  override readonly name = 'ConflictError';
  readonly code = 'CONFLICT';
}

const SERIALIZATION_FAILURE = '40001';
const DEADLOCK_DETECTED = '40P01';
const UNIQUE_VIOLATION = '23505';

/** Broken only when two writers handle the same command, key or new product at once: the next try sees what the other did. */
const RACED_CONSTRAINTS: readonly unknown[] = ['inbox_pkey', 'inbox_idempotency_key', 'products_pkey'];

/** Whether a transaction failed only because another one ran at the same time. */
export function isConflict(error: unknown): boolean {
  if (error instanceof ConflictError) return true;
  const { code, constraint } = error as { code?: unknown; constraint?: unknown };
  if (code === UNIQUE_VIOLATION) return RACED_CONSTRAINTS.includes(constraint);
  return code === SERIALIZATION_FAILURE || code === DEADLOCK_DETECTED;
}

/** Whether PostgreSQL refuses the data itself, so that it will do so each time: classes 22 (data exception) and 23 (integrity). */
export function isRefusedData(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^2[23][0-9A-Z]{3}$/.test(code) && !isConflict(error);
}
