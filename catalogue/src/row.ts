import { parseCreate, productIdForKey } from '@tributary/product';
import { contentDigest, contentKey, externalKey } from './keys.ts';
import type { Reason } from './problem.ts';
import type { RawFields, RawRow } from './reading/raw-row.ts';
import type { SeenRows } from './seen.ts';

/** What is sent of a row: canonical, as the write side stores it. */
export interface ProductInput {
  readonly name: string;
  readonly description: string;
  readonly price: string;
  readonly idempotencyKey: string;
}

/** A row that passed every check. */
export interface Item {
  /** From 1, the header not counted. */
  readonly row: number;
  readonly line: number;
  readonly fields: RawFields;
  readonly input: ProductInput;
  /** The id that the product has or will get. */
  readonly productId: string;
  /** It does not count as new: an earlier row is the same, or the product has been seen. */
  readonly isThere: boolean;
}

/** A row that did not go in, as the rejects file tells it. */
export interface Reject extends Reason {
  readonly line: number;
  /** Null when the row could not be read; `text` is what it looks like. */
  readonly fields: RawFields | null;
  readonly text?: string;
}

export type CheckedRow = { readonly item: Item } | { readonly reject: Reject };

/** The caller under which the gateway issues commands before there is identity; product ids follow from it. */
const CALLER = 'anonymous';

/** Checks a row by the rules that every layer shares and gives it its idempotency key. Rows must come in their order. */
export function checkRow(raw: RawRow, row: number, seen: SeenRows): CheckedRow {
  if ('unreadable' in raw) return { reject: { ...raw.unreadable, line: raw.line, fields: null, text: raw.text } };
  const { line, fields } = raw;
  const refuse = (code: string, reason: string) => ({ reject: { code, reason, line, fields } });

  const given = externalKey(fields.key);
  if (given !== null && typeof given === 'object') return refuse(given.code, given.reason);
  const { name, description, price } = fields;
  const parsed = parseCreate({ name, description, price, ...(given && { idempotencyKey: given }) }, ISSUER);
  if (!parsed.ok) {
    const [first] = parsed.problems;
    return refuse(first?.code ?? 'UNREADABLE', parsed.problems.map(({ message }) => message).join('; '));
  }
  if (parsed.command.body?.$case !== 'create') throw new Error('a create became another command');
  const product = parsed.command.body.value;
  const content = contentDigest(product);

  if (given === null) {
    const idempotencyKey = contentKey(content, seen.occurrence(content));
    const productId = productIdForKey(CALLER, idempotencyKey);
    return { item: { row, line, fields, input: { ...product, idempotencyKey }, productId, isThere: false } };
  }
  const first = seen.first(given, content, line);
  if (first && !first.isSame)
    return refuse('IDEMPOTENCY_KEY_REUSED', `line ${first.line} has the same key and another content`);
  const input = { ...product, idempotencyKey: given };
  return { item: { row, line, fields, input, productId: parsed.command.productId, isThere: first !== null } };
}

const ISSUER = { caller: CALLER, nowMs: 0 };
