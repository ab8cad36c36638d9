import { status } from '@grpc/grpc-js';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';
import {
  type BatchGetProductsRequest,
  type BatchGetProductsResponse,
  type GetCommandRequest,
  type GetCommandResponse,
  ProductReaderService,
  type SearchProductsRequest,
  type SearchProductsResponse,
} from '@tributary/proto/gen/products/v1/reader.ts';
import { createGrpcServer, type GrpcCall, grpcFailure, silentLogger, unary } from '@tributary/service';
import { Registry } from 'prom-client';
import { createQuerySubgraph, type QuerySubgraphOptions } from './subgraph.ts';

/** A reader in a test's hands: each answer is the test's. */
export interface FakeReader {
  batchGetProducts(request: BatchGetProductsRequest, call: GrpcCall): Promise<BatchGetProductsResponse>;
  searchProducts(request: SearchProductsRequest, call: GrpcCall): Promise<SearchProductsResponse>;
  getCommand(request: GetCommandRequest, call: GrpcCall): Promise<GetCommandResponse>;
}

export const notMeant = () => Promise.reject(grpcFailure(status.INTERNAL, 'NOT_MEANT', 'the test did not mean this'));

export interface Answered {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  body: any;
}

/** A query subgraph over a real gRPC server whose answers are the test's. */
export async function givenSubgraph(options: Partial<QuerySubgraphOptions> = {}) {
  const logger = silentLogger();
  const fake: FakeReader = { batchGetProducts: notMeant, searchProducts: notMeant, getCommand: notMeant };
  const reader = await createGrpcServer({
    host: '127.0.0.1',
    port: 0,
    logger,
    name: 'products.v1.ProductReader',
    definition: ProductReaderService,
    implementation: {
      getProduct: unary(logger, notMeant),
      batchGetProducts: unary<BatchGetProductsRequest, BatchGetProductsResponse>(logger, (request, call) =>
        fake.batchGetProducts(request, call),
      ),
      searchProducts: unary<SearchProductsRequest, SearchProductsResponse>(logger, (request, call) =>
        fake.searchProducts(request, call),
      ),
      getCommand: unary<GetCommandRequest, GetCommandResponse>(logger, (request, call) =>
        fake.getCommand(request, call),
      ),
    },
    proto: { folder: new URL('../../../proto/', import.meta.url), file: 'products/v1/reader.proto' },
  });
  const registry = new Registry();
  const subgraph = await createQuerySubgraph({
    readerAddresses: [`127.0.0.1:${reader.port}`],
    host: '127.0.0.1',
    port: 0,
    logger,
    registry,
    ...options,
  });

  return {
    reader,
    fake,
    subgraph,
    async graphql(query: string, variables: object = {}, headers: Record<string, string> = {}): Promise<Answered> {
      const response = await fetch(subgraph.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query, variables }),
      });
      return { status: response.status, headers: response.headers, body: await response.json() };
    },
    async stop() {
      await subgraph.stop();
      await reader.stop();
    },
  };
}

/** The id of the n-th product. */
export function productId(n: number): string {
  return `0199c0de-0000-7000-8000-${String(n).padStart(12, '0')}`;
}

export function product(n: number, version = 1n): Product {
  return {
    id: productId(n),
    version,
    name: `Kettle ${n}`,
    description: 'Boils water',
    price: '19.99',
    createdAtMs: 1_700_000_000_000n,
    updatedAtMs: 1_700_000_000_123n,
  };
}
