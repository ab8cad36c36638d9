import type { Told } from './check.ts';

interface Result {
  readonly data?: unknown;
  readonly errors?: unknown;
  readonly extensions?: unknown;
}

/** What a result of a subscription tells; in words, what is wrong with it. */
export function toldBy({ data, errors, extensions }: Result): Told | string {
  if (errors !== undefined || !data) return `a result with errors: ${JSON.stringify({ data, errors })}`;
  const { cursor } = (extensions ?? {}) as { cursor?: unknown };
  if (typeof cursor !== 'string') return `a result without a cursor: ${JSON.stringify({ data, extensions })}`;
  const [value] = Object.values(data as Record<string, object>);
  const { cursor: selected = cursor, ...event } = value as { cursor?: string; productId: string; version: number };
  if (selected !== cursor) return `a result with two cursors: ${selected} and ${cursor}`;
  return { productId: event.productId, version: event.version, cursor, event };
}
