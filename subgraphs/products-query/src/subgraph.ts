import { grpcHealthCheck, type Logger, type ReadinessCheck } from '@tributary/service';
import { createSubgraphServer } from '@tributary/subgraph';
import type { Registry } from 'prom-client';
import { createReader } from './product/reader.ts';
import { createProductReads } from './product/reads.ts';
import { resolvers } from './product/resolvers.ts';

export interface QuerySubgraphOptions {
  /** Where readers answer gRPC, host:port. */
  readerAddresses: readonly string[];
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** How long a read waits for a version that was asked for, in milliseconds. Default 2000. */
  waitMs?: number;
  /** How long any other read may take, in milliseconds. Default 2000. */
  deadlineMs?: number;
  logger: Logger;
  registry: Registry;
}

export interface QuerySubgraph {
  readonly port: number;
  /** Where it answers GraphQL. */
  readonly url: string;
  readonly checks: readonly ReadinessCheck[];
  /** Takes no more queries, lets those in hand answer, then closes. */
  stop(): Promise<void>;
}

/** The query subgraph: answers products and commands from the reader service, batched per request. */
export async function createQuerySubgraph(options: QuerySubgraphOptions): Promise<QuerySubgraph> {
  const { readerAddresses, host, port, waitMs = 2_000, deadlineMs = 2_000, logger, registry } = options;
  const reader = createReader({ addresses: readerAddresses, waitMs, deadlineMs, registry });
  const health = grpcHealthCheck({ addresses: readerAddresses, service: 'products.v1.ProductReader', name: 'reader' });
  const close = () => {
    reader.close();
    health.close();
  };
  try {
    const server = await createSubgraphServer({
      name: 'products-query',
      schema: new URL('../schema.graphql', import.meta.url),
      resolvers,
      contextOf: (request) => ({ request, products: createProductReads(reader, request) }),
      host,
      port,
      logger,
      registry,
    });
    return {
      port: server.port,
      url: server.url,
      checks: [health],
      async stop() {
        await server.stop();
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}
