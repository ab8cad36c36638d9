import { setTimeout as delay } from 'node:timers/promises';
import { graphql } from '@tributary/e2e';
import { partitionOf } from '@tributary/event-log/partitioner';
import { productCommands } from '@tributary/proto/topics.ts';

/** A product of each partition, so that every member of a consumer group is asked. */
export type ProbedProducts = ReadonlyMap<number, string>;

const CREATE = `mutation ($input: CreateProductInput!) {
  createProduct(input: $input) { command { state } product { id } }
}`;
const UPDATE = `mutation ($input: UpdateProductInput!) {
  updateProduct(input: $input) { command { state } product { version } }
}`;

/** Makes products until every partition has one. */
export async function productPerPartition(gateway: string): Promise<ProbedProducts> {
  const products = new Map<number, string>();
  const input = { name: 'Probe', description: 'Shows that its partition is served.', price: 1 };
  while (products.size < productCommands.partitions) {
    const { data } = await graphql<{ createProduct: { product: { id: string } | null } }>(gateway, CREATE, { input });
    const id = data?.createProduct?.product?.id;
    if (id) products.set(partitionOf(id, productCommands.partitions), id);
  }
  return products;
}

const PROBE_EVERY_MS = 100;
const GIVE_UP_MS = 90_000;

/**
 * Changes a product of every partition again and again, and resolves when each has come through once: committed, and the
 * product read at its new version. A change that waits does not hold up the next.
 * @returns milliseconds until the last partition came through
 */
export async function untilAllServed(gateway: string, products: ProbedProducts): Promise<number> {
  const started = performance.now();
  const open = new Map(products);
  for (let n = 1; open.size > 0; n += 1) {
    if (performance.now() - started > GIVE_UP_MS)
      throw new Error(`partitions ${[...open.keys()].join(', ')} are not served again`);
    for (const [partition, id] of open)
      void isServed(gateway, id, `${n % 10_000}.${partition}1`).then((isIt) => isIt && open.delete(partition));
    await delay(PROBE_EVERY_MS);
  }
  return performance.now() - started;
}

async function isServed(gateway: string, id: string, price: string): Promise<boolean> {
  const answer = await graphql<{ updateProduct: { command: { state: string }; product: object | null } | null }>(
    gateway,
    UPDATE,
    { input: { id, price } },
  ).catch(() => null);
  const told = answer?.data?.updateProduct;
  return told?.command.state === 'COMMITTED' && told.product !== null;
}
