import { productIdForKey } from '@tributary/product';
import type { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import type { Random } from '@tributary/service/random';

/** What a client asks for: a command without its id, so that it can be sent again. */
export type Request = Omit<ProductCommand, 'commandId'>;

/** The catalogue as the clients of a schedule share it. */
export interface Catalogue {
  /** Any request that makes sense, and some that do not. Keys are shared by all who draw. */
  draw(): Request;
  /** Ids of UUIDv7's form. */
  newId(): string;
  /** Clients have seen this version of a product. */
  saw(productId: string, version: bigint): void;
  ids(): readonly string[];
}

/** Mostly the same, so that keys meet. */
const CALLERS = ['anonymous', 'anonymous', 'anonymous', 'anna'] as const;
/** Few, so that changes meet. */
const MAX_PRODUCTS = [1, 2, 4] as const;

export function createCatalogue(random: Random, nowMs: () => number): Catalogue {
  const ids: string[] = [];
  const versions = new Map<string, bigint>();
  const keys: string[] = [];
  const maxProducts = random.pick(MAX_PRODUCTS);
  let last = 0;

  function newId(): string {
    last += 1;
    return `019e0000-0000-7000-8000-${last.toString(16).padStart(12, '0')}`;
  }

  /** Mostly one of its own; now and then one that was used, for another content perhaps. */
  function drawKey(): string | undefined {
    if (random.chance(0.4)) return undefined;
    if (keys.length > 0 && random.chance(0.25)) return random.pick(keys);
    keys.push(`key ${keys.length + 1}`);
    return keys.at(-1);
  }

  function drawExpected(id: string): bigint | undefined {
    if (random.chance(0.6)) return undefined;
    const known = versions.get(id) ?? 1n;
    return random.chance(0.2) ? known + 1n : known;
  }

  function product(id: string): string {
    if (!ids.includes(id)) ids.push(id);
    return id;
  }

  return {
    draw() {
      const caller = random.pick(CALLERS);
      const idempotencyKey = drawKey();
      const price = `${1 + random.below(1_000)}`;
      const common = { caller, issuedAtMs: BigInt(nowMs()), ...(idempotencyKey !== undefined && { idempotencyKey }) };
      if (ids.length === 0 || (ids.length < maxProducts && random.chance(0.25))) {
        const productId = product(idempotencyKey === undefined ? newId() : productIdForKey(caller, idempotencyKey));
        return {
          ...common,
          productId,
          body: { $case: 'create', value: { name: 'Lamp', description: 'It shines.', price } },
        };
      }
      const productId = random.pick(ids);
      const expectedVersion = drawExpected(productId);
      const guarded = { ...common, productId, ...(expectedVersion !== undefined && { expectedVersion }) };
      if (random.chance(0.1)) return { ...guarded, body: { $case: 'delete', value: {} } };
      if (random.chance(0.1)) return { ...guarded, body: { $case: 'update', value: { name: 'Lamp' } } };
      return { ...guarded, body: { $case: 'update', value: { price } } };
    },
    newId,
    saw(productId, version) {
      if (version > (versions.get(productId) ?? 0n)) versions.set(productId, version);
    },
    ids: () => ids,
  };
}
