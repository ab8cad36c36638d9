import type { GraphQLFormattedError } from 'graphql';

const UNAVAILABLE_CODES: ReadonlySet<unknown> = new Set([
  'COMMAND_NOT_CONFIRMED',
  'UNAVAILABLE',
  'SUBGRAPH_UNAVAILABLE',
]);

/**
 * The HTTP status of an answer that holds nothing but errors; undefined for one that holds data, or whose errors have no
 * status of their own. A null at the root counts as an error's when an error has its path.
 */
export function statusOf(
  data: Readonly<Record<string, unknown>> | null | undefined,
  errors: readonly GraphQLFormattedError[],
): number | undefined {
  if (errors.length === 0 || !isOnlyErrors(data, errors)) return undefined;
  const codes = errors.map((error) => error.extensions?.code);
  if (codes.some((code) => UNAVAILABLE_CODES.has(code))) return 503;
  if (codes.includes('INTERNAL_SERVER_ERROR')) return 500;
  if (codes.includes('BAD_USER_INPUT')) return 400;
  return undefined;
}

function isOnlyErrors(
  data: Readonly<Record<string, unknown>> | null | undefined,
  errors: readonly GraphQLFormattedError[],
): boolean {
  if (!data) return true;
  const failed = new Set(errors.map((error) => error.path?.[0]));
  return Object.entries(data).every(([field, value]) => value === null && (failed.has(field) || failed.has(undefined)));
}
