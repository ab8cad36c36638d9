import type { EventLog, LogRecord } from '@tributary/event-log';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import { productEvents } from '@tributary/proto/topics.ts';

/** A change of a product, as the topic has it and as a subscriber reads it. */
export interface Change {
  readonly partition: number;
  readonly offset: number;
  readonly id: string;
  readonly type: 'CREATED' | 'UPDATED' | 'DELETED';
  readonly productId: string;
  readonly version: number;
  readonly commandId: string;
  readonly occurredAt: string;
  readonly product: ChangedProduct | null;
}

export interface ChangedProduct {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly description: string;
  readonly price: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Topic {
  /** Each change once, by partition and offset. */
  readonly changes: readonly Change[];
  /** What the topic tells again of changes that came before. */
  readonly repeats: readonly Change[];
}

/** All that the topic of product events holds now. */
export async function readTopic(log: EventLog): Promise<Topic> {
  const ranges = await log.offsets(productEvents.name);
  const records: LogRecord[] = [];
  const tail = await log.tail({
    topic: productEvents.name,
    from: new Map([...ranges].map(([partition, { start }]) => [partition, start])),
    onRecords: (batch) => void records.push(...batch),
  });
  await tail.ready;
  await tail.stop();
  records.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset));

  const versions = new Map<string, number>();
  const [changes, repeats]: [Change[], Change[]] = [[], []];
  for (const change of records.map(changeIn)) {
    if (!change) continue;
    const isRepeat = change.version <= (versions.get(change.productId) ?? 0);
    if (!isRepeat) versions.set(change.productId, change.version);
    (isRepeat ? repeats : changes).push(change);
  }
  return { changes, repeats };
}

const types = { created: 'CREATED', updated: 'UPDATED', deleted: 'DELETED' } as const;

function changeIn({ partition, offset, value }: LogRecord): Change | null {
  const { eventId, productId, version, commandId, occurredAtMs, body } = ProductEvent.decode(value);
  if (!body) throw new Error(`the event at ${partition}/${offset} has no body`);
  if (body.$case === 'rejected' || body.$case === 'completed') return null;
  const { product } = body.value;
  return {
    partition,
    offset: Number(offset),
    id: eventId,
    type: types[body.$case],
    productId,
    version: Number(version),
    commandId,
    occurredAt: instant(occurredAtMs),
    product: product && body.$case !== 'deleted' ? productIn(product) : null,
  };
}

function productIn({ id, version, name, description, price, createdAtMs, updatedAtMs }: Product): ChangedProduct {
  return {
    ...{ id, version: Number(version), name, description, price },
    ...{ createdAt: instant(createdAtMs), updatedAt: instant(updatedAtMs) },
  };
}

function instant(ms: bigint): string {
  return new Date(Number(ms)).toISOString();
}
