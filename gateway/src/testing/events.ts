import type { EventLog } from '@tributary/event-log';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import { productEvents, protobufContentType } from '@tributary/proto/topics.ts';
import { v7 } from 'uuid';
import { product } from './products.ts';

type Body = NonNullable<ProductEvent['body']>;

/** The product of the fakes as an event carries it, at a version. */
export function productState(version: number, id: string = product.id): Product {
  return {
    id,
    version: BigInt(version),
    name: product.name,
    description: product.description,
    price: product.price,
    createdAtMs: BigInt(Date.parse(product.createdAt)),
    updatedAtMs: BigInt(Date.parse(product.updatedAt)),
  };
}

/** An event of a product at a version, with a command id of its own. */
export function productEvent(
  $case: Body['$case'],
  version: number,
  {
    productId = product.id,
    commandId = v7(),
    value = {},
  }: { productId?: string; commandId?: string; value?: object } = {},
): ProductEvent {
  const content = { product: productState(version, productId), deleted: false, ...value };
  return {
    eventId: v7(),
    commandId,
    productId,
    version: BigInt(version),
    occurredAtMs: BigInt(Date.parse(product.updatedAt)),
    caller: 'anonymous',
    body: { $case, value: content } as Body,
  };
}

export async function publish(log: EventLog, ...events: readonly ProductEvent[]): Promise<void> {
  const records = events.map((event) => ({
    key: event.productId,
    value: ProductEvent.encode(event).finish(),
    headers: { 'content-type': protobufContentType },
  }));
  await log.publish(productEvents.name, records, { deadlineMs: 3_000 });
}
