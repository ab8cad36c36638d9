import type { EventLog } from '@tributary/event-log';
import { newCommandId } from '@tributary/product';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { productEvents } from '@tributary/proto/topics.ts';

/** A change of a product, to be published as a writer would. */
export interface NewChange {
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly productId: string;
  readonly version: number;
  readonly description?: string;
}

const MOST_RECORDS = 500;
const MOST_BYTES = 512 * 1024;

/** Appends changes in their order. */
export async function publishChanges(log: EventLog, changes: readonly NewChange[]): Promise<void> {
  let chunk: { key: string; value: Uint8Array; headers: Record<string, string> }[] = [];
  let bytes = 0;
  const flush = async () => {
    if (chunk.length > 0) await log.publish(productEvents.name, chunk, { deadlineMs: 10_000 });
    [chunk, bytes] = [[], 0];
  };
  for (const change of changes) {
    const value = ProductEvent.encode(eventOf(change)).finish();
    if (chunk.length === MOST_RECORDS || bytes + value.byteLength > MOST_BYTES) await flush();
    chunk.push({ key: change.productId, value, headers: {} });
    bytes += value.byteLength;
  }
  await flush();
}

function eventOf({ kind, productId, version, description = 'As it is told live.' }: NewChange): ProductEvent {
  const now = BigInt(Date.now());
  const product = {
    ...{ id: productId, version: BigInt(version), name: `Version ${version}`, description, price: '19.99' },
    ...{ createdAtMs: now, updatedAtMs: now },
  };
  return {
    eventId: newCommandId(),
    commandId: newCommandId(),
    productId,
    version: BigInt(version),
    occurredAtMs: now,
    caller: 'anonymous',
    body: { $case: kind, value: { product } },
  };
}
