import { searchTerms } from '@tributary/product';
import { CommandState, CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import { Product } from '@tributary/proto/gen/products/v1/product.ts';
import type { CommandOutcome, ProductState, SearchRequest } from '../read-model.ts';

/** 2026-01-01T00:00:00Z */
export const NEW_YEAR_MS = 1_767_225_600_000n;

/** The product id that ends in a number; ids have the order of their numbers. */
export function productId(number: number): string {
  return `01940000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

export function commandId(number: number): string {
  return `01950000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

export function product(number: number, fields: Partial<Product> = {}): Product {
  return Product.create({
    id: productId(number),
    version: 1n,
    name: `product ${number}`,
    description: 'as good as new',
    price: '19.99',
    createdAtMs: NEW_YEAR_MS + BigInt(number),
    updatedAtMs: NEW_YEAR_MS + BigInt(number),
    ...fields,
  });
}

export function present(number: number, fields: Partial<Product> = {}): ProductState {
  return { product: product(number, fields), deleted: false };
}

export function tombstone(number: number, fields: Partial<Product> = {}): ProductState {
  return { product: product(number, fields), deleted: true };
}

export function committed(number: number, fields: Partial<CommandStatus> = {}, decidedAtMs = 1_000): CommandOutcome {
  const status = CommandStatus.create({
    commandId: commandId(number),
    state: CommandState.COMMAND_STATE_COMMITTED,
    productId: productId(number),
    version: 1n,
    ...fields,
  });
  return { status, decidedAtMs };
}

/** A search for text, as the layers above ask for it. */
export function searchFor(
  text: string | null,
  page: SearchRequest['page'] = { after: null, first: 100 },
  countTo: number | null = null,
): SearchRequest {
  return {
    search: text === null ? { matches: 'everything' } : { matches: 'terms', terms: searchTerms(text) },
    page,
    countTo,
  };
}
