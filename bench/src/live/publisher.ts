import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { productEvents, protobufContentType } from '@tributary/proto/topics.ts';
import { v7 } from 'uuid';
import { productAt } from '../catalogue.ts';
import { openLiveLog } from './log.ts';
import { markText, nowUs } from './mark.ts';

/** Appends events to the topic that gateways follow, without the services that lead there. */
export interface Publisher {
  /** The sequence of the next event. */
  next(): number;
  /** Sends an event and resolves with its sequence when the log has it; events are told apart by their mark. */
  publish(options?: { descriptionLength?: number }): Promise<number>;
  close(): Promise<void>;
}

const PRODUCTS = 60;
/** Products that no other case has. */
const FIRST_PRODUCT = 1_000_000;
const DEADLINE_MS = 10_000;

export async function openPublisher(): Promise<Publisher> {
  const log = await openLiveLog('bench');
  let sequence = 0;
  return {
    next: () => sequence,
    async publish({ descriptionLength } = {}) {
      const own = sequence;
      sequence += 1;
      const version = BigInt(Math.floor(own / PRODUCTS) + 2);
      const product = productAt(FIRST_PRODUCT + (own % PRODUCTS));
      const [kind] = product.name.split(' ');
      const event: ProductEvent = {
        eventId: v7(),
        commandId: v7(),
        productId: product.id,
        version,
        occurredAtMs: BigInt(Date.now()),
        caller: 'anonymous',
        body: {
          $case: 'updated',
          value: {
            product: {
              ...product,
              version,
              name: `${kind} ${markText({ sequence: own, sentUs: nowUs() })}`,
              ...(descriptionLength !== undefined && { description: 'x'.repeat(descriptionLength) }),
            },
          },
        },
      };
      const value = ProductEvent.encode(event).finish();
      const headers = { 'content-type': protobufContentType };
      await log.publish(productEvents.name, [{ key: product.id, value, headers }], { deadlineMs: DEADLINE_MS });
      return own;
    },
    close: () => log.close(),
  };
}
