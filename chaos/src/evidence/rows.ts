import { parsePrice } from '@tributary/product';
import type { InboxRow, StoredProduct } from './evidence.ts';

/** What is asked of the write model. The same SQL for PostgreSQL and PGlite. */
export const queries = {
  products: `select id, version::text, name, description, price::text, deleted_at_ms is not null as deleted
    from products order by id`,
  inbox: `select command_id, caller, idempotency_key, aggregate_id, version::text, rejection_code
    from inbox order by command_id`,
  outbox: 'select key, version::text from outbox order by id',
} as const;

export interface ProductRow {
  id: string;
  version: string;
  name: string;
  description: string;
  price: string;
  deleted: boolean;
}

export interface InboxDataRow {
  command_id: string;
  caller: string | null;
  idempotency_key: string | null;
  aggregate_id: string | null;
  version: string;
  rejection_code: string | null;
}

export interface OutboxRow {
  key: string;
  version: string;
}

export function productOf({ id, version, name, description, price, deleted }: ProductRow): StoredProduct {
  return { id, version: Number(version), deleted, name, description, price: canonical(price) };
}

export function inboxRowOf(row: InboxDataRow): InboxRow {
  const { rejection_code: rejection, aggregate_id: productId } = row;
  return {
    commandId: row.command_id,
    caller: row.caller,
    key: row.idempotency_key,
    outcome:
      rejection === null
        ? { state: 'COMMITTED', productId, version: Number(row.version), rejection: null }
        : { state: 'REJECTED', productId, version: null, rejection },
  };
}

/** A price in canonical form; as it is when it is none, for the checker to find. */
export function canonical(price: string): string {
  const parsed = parsePrice(price);
  return parsed.ok ? parsed.value : price;
}
