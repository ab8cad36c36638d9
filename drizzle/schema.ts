import { sql } from 'drizzle-orm';
import {
  bigint,
  bigserial,
  boolean,
  check,
  customType,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';

/**
 * The write model. Times are UTC milliseconds. `products` is the state of the aggregate; the other tables know no
 * aggregate: commands come in through `inbox`, events go out through `outbox`, `consumer_positions` tells how far the
 * topics were read. All four change in one transaction.
 */

const bytea = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
const timeMs = (name: string) => bigint(name, { mode: 'number' });
const version = (name: string) => bigint(name, { mode: 'bigint' });

/** A deleted product keeps its row for ever: its id is never used again. */
export const products = pgTable(
  'products',
  {
    id: uuid('id').primaryKey(),
    version: version('version').notNull(),
    name: text('name').notNull(),
    description: text('description').notNull(),
    price: numeric('price', { precision: 15, scale: 4 }).notNull(),
    createdAtMs: timeMs('created_at_ms').notNull(),
    updatedAtMs: timeMs('updated_at_ms').notNull(),
    deletedAtMs: timeMs('deleted_at_ms'),
  },
  (table) => [
    check('products_version_from_1', sql`${table.version} >= 1`),
    check('products_price_not_negative', sql`${table.price} >= 0`),
  ],
);

/** Every command that was handled, with its one outcome, for as long as the inbox is kept. */
export const inbox = pgTable(
  'inbox',
  {
    commandId: uuid('command_id').primaryKey(),
    /** Null when it could not be read. */
    caller: text('caller'),
    /** Only on the first command of a key, and not when its outcome is INTERNAL. */
    idempotencyKey: text('idempotency_key'),
    /** SHA-256 of what the command asked for: a repeat of its key must ask for the same. */
    bodyHash: bytea('body_hash'),
    /** The command that this one replays. */
    causationId: uuid('causation_id'),
    aggregateId: uuid('aggregate_id'),
    /** The aggregate's version after the command; 0 when it never existed. */
    version: version('version').notNull(),
    /** The aggregate is deleted as of that version. */
    deleted: boolean('deleted').notNull(),
    /** Null when the command was committed. */
    rejectionCode: text('rejection_code'),
    rejectionMessage: text('rejection_message'),
    rejectionField: text('rejection_field'),
    rejectionVersion: version('rejection_version'),
    handledAtMs: timeMs('handled_at_ms').notNull(),
  },
  (table) => [
    uniqueIndex('inbox_idempotency_key')
      .on(table.caller, table.idempotencyKey)
      .where(sql`${table.idempotencyKey} is not null`),
    index('inbox_handled_at').on(table.handledAtMs),
  ],
);

/** Records that are decided and not yet acknowledged by the event log. Within a key, ids ascend in the order of the changes. */
export const outbox = pgTable(
  'outbox',
  {
    id: bigserial('id', { mode: 'bigint' }).primaryKey(),
    topic: text('topic').notNull(),
    key: text('key').notNull(),
    /** The aggregate's version after the event. */
    version: version('version').notNull(),
    value: bytea('value').notNull(),
    /** The record's headers, the trace context of the command among them. */
    headers: jsonb('headers').$type<Readonly<Record<string, string>>>().notNull(),
    /** The partition of the command: whoever takes that partition over relays what its last owner left. */
    sourcePartition: integer('source_partition').notNull(),
    createdAtMs: timeMs('created_at_ms').notNull(),
  },
  (table) => [index('outbox_key').on(table.key, table.id)],
);

/** The next offset to read of each partition. */
export const consumerPositions = pgTable(
  'consumer_positions',
  {
    consumer: text('consumer').notNull(),
    topic: text('topic').notNull(),
    partition: integer('partition').notNull(),
    nextOffset: bigint('next_offset', { mode: 'bigint' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.consumer, table.topic, table.partition] })],
);
