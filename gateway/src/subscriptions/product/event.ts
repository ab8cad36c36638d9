import { type CommandView, commandView, outcomeOf } from '@tributary/product';
import type { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import type { LiveEvent } from '../stream/live-event.ts';

export type ProductEventType = 'CREATED' | 'UPDATED' | 'DELETED';

/** A product event with the names and kinds of values of the `events` subgraph's schema. */
export interface ProductEventView extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly type: ProductEventType;
  readonly productId: string;
  readonly version: number;
  readonly commandId: string;
  readonly occurredAt: string;
  readonly product: Readonly<Record<string, unknown>> | null;
}

/** A change of a product. */
export interface ProductChange extends LiveEvent {
  readonly value: ProductEventView;
}

/** What an event tells: the outcome of its command, and what happened to the product if anything did. */
export interface Notice {
  readonly outcome: CommandView;
  readonly event: ProductChange | null;
}

export function noticeOf(event: ProductEvent): Notice {
  const value = changeOf(event);
  return {
    outcome: commandView(outcomeOf(event)),
    event: value && { entityId: value.productId, version: value.version, value },
  };
}

function changeOf(event: ProductEvent): ProductEventView | null {
  const { body } = event;
  if (body?.$case === 'created') return viewOf(event, 'CREATED', body.value.product);
  if (body?.$case === 'updated') return viewOf(event, 'UPDATED', body.value.product);
  if (body?.$case === 'deleted') return viewOf(event, 'DELETED', undefined);
  return null;
}

function viewOf(event: ProductEvent, type: ProductEventType, product: Product | undefined): ProductEventView {
  return {
    id: event.eventId,
    type,
    productId: event.productId,
    version: Number(event.version),
    commandId: event.commandId,
    occurredAt: instant(event.occurredAtMs),
    product: product
      ? {
          id: product.id,
          version: Number(product.version),
          name: product.name,
          description: product.description,
          price: product.price,
          createdAt: instant(product.createdAtMs),
          updatedAt: instant(product.updatedAtMs),
        }
      : null,
  };
}

function instant(ms: bigint): string {
  return new Date(Number(ms)).toISOString();
}
