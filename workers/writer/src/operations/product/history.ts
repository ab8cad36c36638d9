import type { EventLog, LogRecord } from '@tributary/event-log';
import { readPartitionOf, toldByCode } from '@tributary/event-log/operations';
import { parseProductId, rejectionName } from '@tributary/product';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import { type Operation, OperationError, operation } from '@tributary/service';
import { z } from 'zod';
import type { ProductSession } from '../../product/products.ts';
import type { WriterTopics } from '../../topics.ts';

export interface ProductHistoryOptions {
  log: EventLog;
  store: Pick<ProductSession, 'products'>;
  topics: WriterTopics;
}

export interface HistoryEvent {
  version: number;
  type: string;
  at: string;
  caller: string;
  commandId: string;
  eventId: string;
  partition: number;
  offset: string;
  /** The product after the event; null for an outcome that changed nothing. */
  product: HistoryProduct | null;
  rejection: { code: string; message: string } | null;
}

export interface HistoryProduct {
  version: number;
  name: string;
  description: string;
  price: string;
  createdAt: string;
  updatedAt: string;
}

export interface ProductHistory {
  productId: string;
  /** Oldest first, repeats dropped. */
  events: readonly HistoryEvent[];
  /** Whether the events begin with the product's first; else older ones are no longer kept. */
  complete: boolean;
  /** Records that were in the topic once more. */
  repeats: number;
  /** Records under the product's id that are no events. */
  unreadable: number;
  /** What the write model holds now; null when it holds nothing. */
  current: (HistoryProduct & { deleted: boolean }) | null;
}

const PROGRESS_EVERY_MS = 200;

const types: Readonly<Record<NonNullable<ProductEvent['body']>['$case'], string>> = {
  created: 'ProductCreated',
  updated: 'ProductUpdated',
  deleted: 'ProductDeleted',
  rejected: 'CommandRejected',
  completed: 'CommandCompleted',
};

/** `products.history`: the events of a product that the topic still keeps. */
export function productHistory({ log, store, topics }: ProductHistoryOptions): Operation {
  return operation('products.history', z.strictObject({ id: z.string() }), async ({ id }, { signal, progress }) => {
    const parsed = parseProductId(id);
    if (!parsed.ok) throw new OperationError('BAD_INPUT', `${id} is refused: ${parsed.message}`);
    const productId = parsed.value;
    const history = createHistory();
    let toldMs = Number.NEGATIVE_INFINITY;
    await toldByCode(() =>
      readPartitionOf(productId, {
        log,
        topic: topics.events,
        signal,
        onRecord: (record) => record.key === productId && history.add(record),
        onProgress(records, total) {
          if (performance.now() - toldMs < PROGRESS_EVERY_MS) return;
          toldMs = performance.now();
          progress({ records, total });
        },
      }),
    );
    const state = await store.products.find(productId);
    return {
      productId,
      ...history.read(),
      current: state.kind === 'absent' ? null : { ...productView(state.product), deleted: state.kind === 'deleted' },
    } satisfies ProductHistory;
  });
}

function createHistory() {
  const events: HistoryEvent[] = [];
  const outcomes = new Set<string>();
  let seenVersion = 0n;
  let repeats = 0;
  let unreadable = 0;
  let firstVersion: bigint | null = null;
  return {
    add(record: LogRecord): void {
      const event = decode(record);
      if (!event?.body) {
        unreadable += 1;
        return;
      }
      const isChange = isProductEvent(event.body);
      // As every reader of the topic does: a version that was passed, or an outcome that was told, is a repeat.
      if (isChange ? event.version <= seenVersion : outcomes.has(event.commandId)) {
        repeats += 1;
        return;
      }
      outcomes.add(event.commandId);
      if (isChange) {
        firstVersion ??= event.version;
        seenVersion = event.version;
      }
      events.push(viewOf(event, event.body, record));
    },
    read: () => ({ events, repeats, unreadable, complete: firstVersion === 1n }),
  };
}

/** Whether the product has another version since, rather than a command an outcome that changed nothing. */
function isProductEvent({ $case }: NonNullable<ProductEvent['body']>): boolean {
  return $case === 'created' || $case === 'updated' || $case === 'deleted';
}

function decode({ value }: LogRecord): ProductEvent | null {
  try {
    return ProductEvent.decode(value);
  } catch {
    return null;
  }
}

function viewOf(event: ProductEvent, body: NonNullable<ProductEvent['body']>, record: LogRecord): HistoryEvent {
  const product = 'product' in body.value ? body.value.product : undefined;
  const rejection = 'rejection' in body.value ? body.value.rejection : undefined;
  return {
    version: Number(event.version),
    type: types[body.$case],
    at: timeOf(event.occurredAtMs),
    caller: event.caller,
    commandId: event.commandId,
    eventId: event.eventId,
    partition: record.partition,
    offset: String(record.offset),
    product: product ? productView(product) : null,
    rejection: rejection ? { code: rejectionName(rejection.code), message: rejection.message } : null,
  };
}

function productView({ version, name, description, price, createdAtMs, updatedAtMs }: Product): HistoryProduct {
  const times = { createdAt: timeOf(createdAtMs), updatedAt: timeOf(updatedAtMs) };
  return { version: Number(version), name, description, price, ...times };
}

function timeOf(ms: bigint): string {
  return new Date(Number(ms)).toISOString();
}
