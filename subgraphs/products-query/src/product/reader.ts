import * as grpc from '@grpc/grpc-js';
import {
  type BatchGetProductsRequest,
  type BatchGetProductsResponse,
  type GetCommandRequest,
  type GetCommandResponse,
  ProductReaderClient,
  type SearchProductsRequest,
  type SearchProductsResponse,
} from '@tributary/proto/gen/products/v1/reader.ts';
import { type CallOptions, callUnary, clientOptions, grpcClientDurations, grpcTarget } from '@tributary/service';
import { outage } from '@tributary/subgraph';
import type { Registry } from 'prom-client';

export interface ReaderOptions {
  /** Where readers answer gRPC, host:port. */
  addresses: readonly string[];
  /** How long a read waits for a version that was asked for, in milliseconds. */
  waitMs: number;
  /** How long any other read may take, in milliseconds; one that waits for a version gets both. */
  deadlineMs: number;
  registry: Registry;
}

type Caller = Omit<CallOptions, 'deadlineMs' | 'durations'>;

/**
 * The reader service. A read that fails because a reader went away is tried again with another.
 * Every method throws GraphQLError `UNAVAILABLE` when no reader answers in time.
 */
export interface Reader {
  batchGetProducts(request: BatchGetProductsRequest, caller: Caller): Promise<BatchGetProductsResponse>;
  searchProducts(request: SearchProductsRequest, caller: Caller): Promise<SearchProductsResponse>;
  getCommand(request: GetCommandRequest, caller: Caller): Promise<GetCommandResponse>;
  /** How long a read waits for a version that was asked for, in milliseconds. */
  readonly waitMs: number;
  close(): void;
}

/** Reads change nothing, so one that a stopping or killed reader did not answer may go to the next. */
const retryingOptions: grpc.ClientOptions = {
  ...clientOptions,
  'grpc.service_config': JSON.stringify({
    loadBalancingConfig: [{ round_robin: {} }],
    methodConfig: [
      {
        name: [{ service: 'products.v1.ProductReader' }],
        retryPolicy: {
          maxAttempts: 3,
          initialBackoff: '0.02s',
          maxBackoff: '0.2s',
          backoffMultiplier: 2,
          retryableStatusCodes: ['UNAVAILABLE'],
        },
      },
    ],
  }),
};

export function createReader({ addresses, waitMs, deadlineMs, registry }: ReaderOptions): Reader {
  const client = new ProductReaderClient(grpcTarget(addresses), grpc.credentials.createInsecure(), retryingOptions);
  const durations = grpcClientDurations(registry);
  const waiting = { deadlineMs: deadlineMs + waitMs, durations };
  const plain = { deadlineMs, durations };
  return {
    waitMs,
    batchGetProducts: (request, caller) =>
      answered(callUnary(client, client.batchGetProducts, request, { ...caller, ...waiting })),
    searchProducts: (request, caller) =>
      answered(callUnary(client, client.searchProducts, request, { ...caller, ...plain })),
    getCommand: (request, caller) => answered(callUnary(client, client.getCommand, request, { ...caller, ...plain })),
    close: () => client.close(),
  };
}

const AWAY: ReadonlySet<unknown> = new Set([
  grpc.status.UNAVAILABLE,
  grpc.status.DEADLINE_EXCEEDED,
  grpc.status.RESOURCE_EXHAUSTED,
  grpc.status.CANCELLED,
]);

async function answered<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (AWAY.has((error as Partial<grpc.ServiceError>).code))
      throw outage('UNAVAILABLE', 'products cannot be read now');
    throw error;
  }
}
