import { parseCommandId } from '@tributary/product';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import { DateTime, Decimal } from '@tributary/subgraph';
import type { Product as ProductView, Resolvers } from '../generated/resolvers.ts';
import { readKeysetArguments, readPageArguments, readProductArguments } from './arguments.ts';
import { encodeCursor } from './cursor.ts';

export const resolvers: Resolvers = {
  Decimal,
  DateTime,
  Query: {
    async product(_, args, { products }) {
      const { id, minVersion } = readProductArguments(args);
      return shown(await products.product(id, minVersion));
    },
    async products(_, args, { products }) {
      const { search, text, first, after } = readKeysetArguments(args);
      const { hits, hasMore } = await products.search({
        search: text,
        page: { $case: 'keyset', value: { first, after } },
        withTotal: false,
      });
      const edges = hits.map(({ product, position }) => ({
        cursor: encodeCursor(required(position), search),
        node: view(required(product)),
      }));
      return { edges, pageInfo: { endCursor: edges.at(-1)?.cursor ?? null, hasNextPage: hasMore } };
    },
    async productPage(_, args, { products }) {
      const { text, page, size } = readPageArguments(args);
      const { hits, hasMore, totalCount, totalCountIsExact } = await products.search({
        search: text,
        page: { $case: 'offset', value: { page, size } },
        withTotal: true,
      });
      return {
        products: hits.map(({ product }) => view(required(product))),
        hasMore,
        totalCount: Number(required(totalCount)),
        totalCountIsExact,
      };
    },
    command(_, { id }, { products }) {
      const commandId = parseCommandId(id);
      return commandId.ok ? products.command(commandId.value) : null;
    },
  },
  Product: {
    async __resolveReference(reference, { products }) {
      const { id } = readProductArguments(reference);
      return shown(await products.product(id));
    },
  },
};

function shown(product: Product | null): ProductView | null {
  return product && view(product);
}

function view({ createdAtMs, updatedAtMs, version, ...product }: Product): ProductView {
  return {
    ...product,
    version: Number(version),
    createdAt: Number(createdAtMs),
    updatedAt: Number(updatedAtMs),
  };
}

/** What the contract lets be absent and the reader always sets. */
function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the reader left out what every answer has');
  return value;
}
