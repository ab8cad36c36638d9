import { type CommandView, commandView } from '@tributary/product';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import type {
  GetProductRequest,
  ProductResult,
  SearchProductsRequest,
  SearchProductsResponse,
} from '@tributary/proto/gen/products/v1/reader.ts';
import type { SubgraphRequest } from '@tributary/subgraph';
import DataLoader from 'dataloader';
import { GraphQLError } from 'graphql';
import type { Reader } from './reader.ts';

/** The reads of one request. */
export interface ProductReads {
  /**
   * A product, at least as new as `minVersion` and as what the caller has seen; null when there is none. The products that are asked for
   * in one go are read together, each once.
   * @throws GraphQLError `STALE_READ` with `currentVersion` when that version was not there in time; `UNAVAILABLE`
   */
  product(id: string, minVersion?: bigint): Promise<Product | null>;
  /** @throws GraphQLError `UNAVAILABLE` */
  search(request: SearchProductsRequest): Promise<SearchProductsResponse>;
  /** What is known of a command; null when nothing can be. Throws GraphQLError `UNAVAILABLE`. */
  command(commandId: string): Promise<CommandView | null>;
}

/** As many as the reader takes in one call. */
const MAX_BATCH = 100;

export function createProductReads(reader: Reader, request: SubgraphRequest): ProductReads {
  const caller = { trace: request.trace, signal: request.signal };
  const products = new DataLoader<GetProductRequest, Product | null, string>(
    async (requests) => {
      const { results } = await reader.batchGetProducts({ requests: [...requests] }, caller);
      return requests.map((_, index) => productOf(results[index]));
    },
    { maxBatchSize: MAX_BATCH, cacheKeyFn: ({ id, minVersion }) => `${id}@${minVersion ?? ''}` },
  );

  return {
    product: (id, minVersion) =>
      products.load({ id, minVersion: higher(minVersion, request.seenVersions.of(id)), waitMs: reader.waitMs }),
    search: (search) => reader.searchProducts(search, caller),
    async command(commandId) {
      const { command } = await reader.getCommand({ commandId }, caller);
      return command ? commandView(command) : null;
    },
  };
}

function higher(one: bigint | undefined, other: bigint | undefined): bigint | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one > other ? one : other;
}

function productOf(answer: ProductResult | undefined): Product | null | Error {
  switch (answer?.result?.$case) {
    case 'product':
      return answer.result.value;
    case 'notFound':
      return null;
    case 'staleRead':
      return staleRead(answer.result.value.currentVersion);
    default:
      return new Error('the reader left a product of a batch unanswered');
  }
}

function staleRead(currentVersion: bigint): GraphQLError {
  return new GraphQLError('the version asked for is not readable yet', {
    extensions: { code: 'STALE_READ', currentVersion: Number(currentVersion) },
  });
}
