import { createHash } from 'node:crypto';
import type { Reason } from './problem.ts';

const PREFIX = 'import:';
/** Keys that are made of the content look like this after the prefix. */
const MADE = /^sha256:[0-9a-f]{64}:\d+$/;

interface Content {
  readonly name: string;
  readonly description: string;
  readonly price: string;
}

/**
 * The idempotency key of a row that has a key of its own; null when it has none. Its length is for the product rules to
 * judge.
 */
export function externalKey(value: unknown): string | Reason | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') return { code: 'NOT_TEXT', reason: 'the key is not text' };
  const key = value.trim();
  if (key === '') return null;
  if (MADE.test(key)) return { code: 'KEY_RESERVED', reason: 'the key looks like those that are made of the content' };
  return PREFIX + key;
}

/** SHA-256 of a canonical row. */
export function contentDigest({ name, description, price }: Content): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([name, description, price]))
    .digest();
}

/**
 * The idempotency key of a row without a key of its own. Equal rows are told apart by their number among equals, so that
 * editing other lines changes no key.
 * @param occurrence from 1
 */
export function contentKey(digest: Buffer, occurrence: number): string {
  return `${PREFIX}sha256:${digest.toString('hex')}:${occurrence}`;
}
