import { parseProductId, type Search, termsHash } from '@tributary/product';
import type { SearchPosition } from '@tributary/proto/gen/products/v1/reader.ts';

const MAX_CHARACTERS = 256;

/** What became of a cursor from outside. */
export type ParsedCursor =
  | { readonly ok: true; readonly position: SearchPosition }
  | { readonly ok: false; readonly code: 'MALFORMED_CURSOR' | 'CURSOR_OF_ANOTHER_SEARCH'; readonly message: string };

/** A place in the results of a search, opaque to clients: (rank, createdAt, id) and the hash of the search's terms. */
export function encodeCursor({ rank, createdAtMs, id }: SearchPosition, search: Search): string {
  return encode([rank, Number(createdAtMs), id, termsHash(search)]);
}

/** Reads a cursor that `encodeCursor` made for the same search. */
export function parseCursor(cursor: string, search: Search): ParsedCursor {
  const parts = decode(cursor);
  if (parts === null) return { ok: false, code: 'MALFORMED_CURSOR', message: 'the cursor is malformed' };
  const { rank, createdAtMs, id, hash } = parts;
  if (hash !== termsHash(search))
    return { ok: false, code: 'CURSOR_OF_ANOTHER_SEARCH', message: 'the cursor belongs to another search' };
  return { ok: true, position: { rank, createdAtMs: BigInt(createdAtMs), id } };
}

function encode(parts: readonly [rank: number, createdAtMs: number, id: string, hash: string]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decode(cursor: string) {
  if (cursor.length > MAX_CHARACTERS) return null;
  const parts = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (!Array.isArray(parts) || parts.length !== 4) return null;
  const [rank, createdAtMs, id, hash] = parts as unknown[];
  if ((rank !== 0 && rank !== 1) || !isTime(createdAtMs) || typeof hash !== 'string') return null;
  const parsedId = parseProductId(id);
  if (!parsedId.ok) return null;
  // Only what encodeCursor writes is read: base64 and JSON have many ways to say the same.
  if (encode([rank, createdAtMs, parsedId.value, hash]) !== cursor) return null;
  return { rank, createdAtMs, id: parsedId.value, hash };
}

function isTime(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
