import type { RejectionName } from '@tributary/product';
import type { CreateProduct, ProductCommand, UpdateProduct } from '@tributary/proto/gen/products/v1/command.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';

/** What the writer knows of a product. A deleted one keeps its last state, at the tombstone's version, for ever. */
export type ProductState =
  | { readonly kind: 'absent' }
  | { readonly kind: 'present'; readonly product: Product }
  | { readonly kind: 'deleted'; readonly product: Product };

/** What happened to a product, with its whole state afterwards. */
export interface ProductChange {
  readonly kind: 'created' | 'updated' | 'deleted';
  readonly product: Product;
}

export interface Refusal {
  readonly code: RejectionName;
  readonly message: string;
  readonly currentVersion?: bigint;
}

export type Decision =
  | { readonly kind: 'changed'; readonly change: ProductChange }
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** The command asks for what already is. */
  | { readonly kind: 'unchanged' };

export const absent: ProductState = { kind: 'absent' };

/** The version of a product's last change; 0 when it never existed. */
export function versionOf(state: ProductState): bigint {
  return state.kind === 'absent' ? 0n : state.product.version;
}

/**
 * Decides a command that passes `checkCommand`.
 * @param nowMs the time of the change, UTC milliseconds
 */
export function decide(state: ProductState, command: ProductCommand, nowMs: number): Decision {
  const { body, productId, expectedVersion } = command;
  if (!body) throw new Error('a command without a body');
  if (body.$case === 'create')
    return state.kind === 'absent' ? create(productId, body.value, expectedVersion, nowMs) : alreadyExists(state);
  if (state.kind !== 'present') return refused({ code: 'NOT_FOUND', message: 'there is no such product' });
  const { product } = state;
  if (expectedVersion !== undefined && expectedVersion !== product.version)
    return versionConflict(expectedVersion, product.version);
  return body.$case === 'update' ? update(product, body.value, nowMs) : remove(product, nowMs);
}

/** The state after a change. */
export function evolve(_state: ProductState, { kind, product }: ProductChange): ProductState {
  return { kind: kind === 'deleted' ? 'deleted' : 'present', product };
}

function create(
  id: string,
  { name, description, price }: CreateProduct,
  expectedVersion: bigint | undefined,
  nowMs: number,
): Decision {
  if (expectedVersion !== undefined) return versionConflict(expectedVersion, undefined);
  const atMs = BigInt(nowMs);
  const product = { id, version: 1n, name, description, price, createdAtMs: atMs, updatedAtMs: atMs };
  return { kind: 'changed', change: { kind: 'created', product } };
}

function update(product: Product, changes: UpdateProduct, nowMs: number): Decision {
  const name = changes.name ?? product.name;
  const description = changes.description ?? product.description;
  const price = changes.price ?? product.price;
  if (name === product.name && description === product.description && price === product.price)
    return { kind: 'unchanged' };
  return {
    kind: 'changed',
    change: { kind: 'updated', product: { ...next(product, nowMs), name, description, price } },
  };
}

function remove(product: Product, nowMs: number): Decision {
  return { kind: 'changed', change: { kind: 'deleted', product: next(product, nowMs) } };
}

/** Two writers' clocks differ: the time of a change is never before that of the last one. */
function next(product: Product, nowMs: number): Product {
  const atMs = BigInt(nowMs);
  const updatedAtMs = atMs > product.updatedAtMs ? atMs : product.updatedAtMs;
  return { ...product, version: product.version + 1n, updatedAtMs };
}

function alreadyExists(state: ProductState): Decision {
  return refused({
    code: 'ALREADY_EXISTS',
    message:
      state.kind === 'deleted' ? 'a product with this id was deleted' : 'there is already a product with this id',
    ...(state.kind === 'present' && { currentVersion: state.product.version }),
  });
}

function versionConflict(expected: bigint, current: bigint | undefined): Decision {
  return refused({
    code: 'VERSION_CONFLICT',
    message:
      current === undefined
        ? 'a product that does not exist has no version to expect'
        : `the product has version ${current}, not ${expected}`,
    ...(current !== undefined && { currentVersion: current }),
  });
}

function refused(refusal: Refusal): Decision {
  return { kind: 'refused', refusal };
}
