import type { LogRecord } from '@tributary/event-log';
import { newCommandId, newProductId, rejectionCode } from '@tributary/product';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import type { ProductState } from '../product/read-model/read-model.ts';

const NOW_MS = 1_790_000_000_000n;

export function product(options: Partial<Product> = {}): Product {
  return {
    id: newProductId(),
    version: 1n,
    name: 'Kettle',
    description: 'Boils water',
    price: '19.99',
    createdAtMs: NOW_MS,
    updatedAtMs: NOW_MS,
    ...options,
  };
}

export function present(options: Partial<Product> = {}): ProductState {
  return { product: product(options), deleted: false };
}

export function tombstone(options: Partial<Product> = {}): ProductState {
  return { product: product(options), deleted: true };
}

/** The event that brought a product to its version. */
export function changed(state: ProductState): ProductEvent {
  const { id, version } = state.product;
  const value = { product: state.product };
  return {
    ...eventOf(id, version),
    body: state.deleted
      ? { $case: 'deleted', value }
      : version === 1n
        ? { $case: 'created', value }
        : { $case: 'updated', value },
  };
}

export function rejected(productId = newProductId()): ProductEvent {
  const rejection = { code: rejectionCode('NOT_FOUND'), message: 'there is no such product' };
  return { ...eventOf(productId, 0n), body: { $case: 'rejected', value: { rejection } } };
}

function eventOf(productId: string, version: bigint): ProductEvent {
  return {
    eventId: newCommandId(),
    commandId: newCommandId(),
    productId,
    version,
    occurredAtMs: NOW_MS,
    caller: 'anonymous',
    body: undefined,
  };
}

/** An event as the records of the events topic hold it. */
export function recordsOf(events: readonly ProductEvent[], firstOffset = 0n): LogRecord[] {
  return events.map((event, index) => ({
    topic: 'events',
    partition: 0,
    offset: firstOffset + BigInt(index),
    timestampMs: Number(NOW_MS),
    key: event.productId,
    value: Buffer.from(ProductEvent.encode(event).finish()),
    headers: {},
  }));
}
