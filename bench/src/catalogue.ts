import { createHash } from 'node:crypto';
import type { ReadModel } from '@tributary/projector';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';

const CREATED_MS = 1_780_000_000_000n;
const KINDS = ['Kettle', 'Lamp', 'Desk', 'Chair', 'Mug', 'Shelf', 'Blanket', 'Clock', 'Vase', 'Stool'] as const;
const MATERIALS = ['walnut', 'steel', 'glass', 'linen', 'oak', 'copper', 'clay', 'wool'] as const;

/** The n-th product of every catalogue. Its description has the word `made`, as all of them have. */
export function productAt(n: number): Product {
  const [kind, material] = [KINDS[n % KINDS.length], MATERIALS[(n >> 3) % MATERIALS.length]];
  const createdAtMs = CREATED_MS + BigInt(n);
  return {
    id: idAt(n),
    version: 1n,
    name: `${kind} ${n}`,
    description: `A ${kind?.toLowerCase()} made of ${material}, number ${n} of its series.`,
    price: `${10 + (n % 90)}.99`,
    createdAtMs,
    updatedAtMs: createdAtMs,
  };
}

/** UUIDv7 from a number. */
export function idAt(n: number): string {
  const hash = createHash('sha256').update(String(n)).digest('hex');
  const time = (Number(CREATED_MS) + n).toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`;
}

const PRODUCTS_AT_ONCE = 1_000;

/** Builds an empty read model as a projector would, with so many products and no event to come. */
export async function fill(readModel: ReadModel, products: number): Promise<void> {
  const build = await readModel.beginBuild(600_000);
  if (!build) throw new Error('the read model to fill is not empty');
  for (let from = 0; from < products; from += PRODUCTS_AT_ONCE) {
    const length = Math.min(PRODUCTS_AT_ONCE, products - from);
    const states = Array.from({ length }, (_, n) => ({ product: productAt(from + n), deleted: false }));
    await build.add({ products: states, outcomes: [] });
  }
  await build.publish(new Map());
}
