import type { Evidence } from './evidence.ts';
import { type InboxDataRow, inboxRowOf, type OutboxRow, type ProductRow, productOf, queries } from './rows.ts';

/** Asks the write model's database. */
export type Query = <Row>(text: string) => Promise<Row[]>;

export type WriteModelEvidence = Pick<Evidence, 'products' | 'inbox' | 'outbox'>;

/** Everything in the write model's tables. */
export async function readWriteModel(query: Query): Promise<WriteModelEvidence> {
  const products = await query<ProductRow>(queries.products);
  const inbox = await query<InboxDataRow>(queries.inbox);
  const outbox = await query<OutboxRow>(queries.outbox);
  return {
    products: products.map(productOf),
    inbox: inbox.map(inboxRowOf),
    outbox: outbox.map(({ key, version }) => ({ key, version: Number(version) })),
  };
}
