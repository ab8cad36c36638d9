import { status } from '@grpc/grpc-js';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import {
  type BatchGetProductsRequest,
  type BatchGetProductsResponse,
  type GetCommandRequest,
  type GetCommandResponse,
  type GetProductRequest,
  type GetProductResponse,
  type ProductReaderServer,
  ProductReaderService,
  type ProductResult,
  type SearchProductsRequest,
  type SearchProductsResponse,
} from '@tributary/proto/gen/products/v1/reader.ts';
import { createGrpcServer, type GrpcCall, type GrpcServer, grpcFailure, type Logger, unary } from '@tributary/service';
import type { Registry } from 'prom-client';
import { type ReadModel, ReadModelError } from '../product/read-model/read-model.ts';
import type { ProductReads, ReadAnswer } from '../product/reads.ts';
import { commandIdOf, readOf, readsOf, searchOf } from '../product/requests.ts';
import { WaitsError } from '../product/version-waits.ts';

export interface ReaderGrpcOptions {
  reads: ProductReads;
  readModel: ReadModel;
  host: string;
  port: number;
  /** How long outcomes are kept, in milliseconds. */
  outcomesRetentionMs: number;
  /** UTC milliseconds. */
  nowMs: () => number;
  logger: Logger;
  /** Where calls are measured. Default: nowhere. */
  registry?: Registry;
}

/** Serves products.v1.ProductReader. */
export function createReaderGrpcServer(options: ReaderGrpcOptions): Promise<GrpcServer> {
  const { reads, readModel, host, port, outcomesRetentionMs, nowMs, logger, registry } = options;

  async function getProduct(request: GetProductRequest, { signal }: GrpcCall): Promise<GetProductResponse> {
    const [answer] = await reads.read([readOf(request)], signal);
    if (answer?.kind === 'product') return { product: answer.product };
    if (answer?.kind === 'stale')
      throw grpcFailure(
        status.FAILED_PRECONDITION,
        'STALE_READ',
        `the product is at version ${answer.currentVersion} here`,
      );
    throw grpcFailure(status.NOT_FOUND, 'NOT_FOUND', 'there is no such product');
  }

  async function batchGetProducts(
    { requests }: BatchGetProductsRequest,
    { signal }: GrpcCall,
  ): Promise<BatchGetProductsResponse> {
    return { results: (await reads.read(readsOf(requests), signal)).map(resultOf) };
  }

  async function searchProducts(request: SearchProductsRequest): Promise<SearchProductsResponse> {
    const { search, page, countTo } = searchOf(request);
    const { hits, hasMore, total } =
      search.matches === 'nothing'
        ? { hits: [], hasMore: false, total: countTo === null ? null : { count: 0, isExact: true } }
        : await readModel.search({ search, page, countTo });
    return {
      hits: [...hits],
      hasMore,
      ...(total && { totalCount: BigInt(total.count) }),
      totalCountIsExact: total?.isExact ?? false,
    };
  }

  async function getCommand({ commandId }: GetCommandRequest): Promise<GetCommandResponse> {
    const id = commandIdOf(commandId, nowMs(), outcomesRetentionMs);
    if (id === null) return {};
    const known = await readModel.outcome(id);
    return { command: known ?? { commandId: id, state: CommandState.COMMAND_STATE_PENDING, deleted: false } };
  }

  const implementation: ProductReaderServer = {
    getProduct: unary(logger, told(getProduct)),
    batchGetProducts: unary(logger, told(batchGetProducts)),
    searchProducts: unary(logger, told(searchProducts)),
    getCommand: unary(logger, told(getCommand)),
  };
  return createGrpcServer({
    host,
    port,
    logger,
    registry,
    name: 'products.v1.ProductReader',
    definition: ProductReaderService,
    implementation,
    proto: { folder: new URL('../../../../proto/', import.meta.url), file: 'products/v1/reader.proto' },
  });
}

type Handler<Request, Response> = (request: Request, call: GrpcCall) => Promise<Response>;

/** Turns an outage into what a caller may be told of it. */
function told<Request, Response>(handle: Handler<Request, Response>): Handler<Request, Response> {
  return async (request, call) => {
    try {
      return await handle(request, call);
    } catch (error) {
      if (error instanceof WaitsError)
        throw grpcFailure(status.RESOURCE_EXHAUSTED, error.code, 'too many reads wait for a version');
      if (!(error instanceof ReadModelError)) throw error;
      // Readiness tells of this already.
      if (error.code === 'NOT_BUILT')
        throw grpcFailure(status.UNAVAILABLE, 'READ_MODEL_REBUILDING', 'the read model is being built');
      call.logger.warn({ reason: error.message, cause: causeOf(error) }, 'the read model cannot answer');
      throw grpcFailure(status.UNAVAILABLE, 'UNAVAILABLE', 'the read model does not answer');
    }
  };
}

function causeOf({ cause }: ReadModelError): string | undefined {
  return cause instanceof Error ? cause.message : undefined;
}

function resultOf(answer: ReadAnswer): ProductResult {
  switch (answer.kind) {
    case 'product':
      return { result: { $case: 'product', value: answer.product } };
    case 'none':
      return { result: { $case: 'notFound', value: {} } };
    case 'stale':
      return { result: { $case: 'staleRead', value: { currentVersion: answer.currentVersion } } };
  }
}
