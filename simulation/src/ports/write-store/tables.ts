import type { InboxEntry } from '../../../../workers/writer/src/inbox.ts';
import type { StoredRecord } from '../../../../workers/writer/src/outbox/outbox.ts';
import type { KnownProduct } from '../../../../workers/writer/src/product/products.ts';

export interface OutboxRow extends StoredRecord {
  sourcePartition: number;
  createdAtMs: number;
}

/** What is committed. */
export interface Tables {
  products: Map<string, KnownProduct>;
  inbox: Map<string, InboxEntry>;
  /** The command that holds a key. */
  keys: Map<string, string>;
  outbox: Map<bigint, OutboxRow>;
  positions: Map<string, bigint>;
}

export function emptyTables(): Tables {
  return { products: new Map(), inbox: new Map(), keys: new Map(), outbox: new Map(), positions: new Map() };
}

/** What a transaction has written. */
export interface Writes extends Tables {
  removed: Set<bigint>;
}

export function noWrites(): Writes {
  return { ...emptyTables(), removed: new Set() };
}

export function commit(tables: Tables, writes: Writes): void {
  for (const [id, row] of writes.products) tables.products.set(id, row);
  for (const [id, row] of writes.inbox) tables.inbox.set(id, row);
  for (const [key, id] of writes.keys) tables.keys.set(key, id);
  for (const [id, row] of writes.outbox) tables.outbox.set(id, row);
  for (const id of writes.removed) tables.outbox.delete(id);
  for (const [name, offset] of writes.positions) tables.positions.set(name, offset);
}

export function keyOf(caller: string, key: string): string {
  return JSON.stringify([caller, key]);
}

export function positionOf(of: { consumer: string; topic: string; partition: number }): string {
  return JSON.stringify([of.consumer, of.topic, of.partition]);
}
