import type { EventLog } from '@tributary/event-log';
import type { Logger, ReadinessCheck } from '@tributary/service';
import { createSubgraphServer } from '@tributary/subgraph';
import type { Registry } from 'prom-client';
import { createProductBus } from './product/bus.ts';
import { resolvers } from './product/resolvers.ts';

export interface CommandSubgraphOptions {
  log: EventLog;
  /** Where writers answer gRPC, host:port: asked for outcomes while the events cannot be followed. */
  writerAddresses: readonly string[];
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** How long to wait for the log's acknowledgement, in milliseconds. Default 3000. */
  publishDeadlineMs?: number;
  /** How long a mutation waits for its outcome, in milliseconds. Default 5000. */
  waitMs?: number;
  /** Mutations in hand at once; one more is refused. Default 10,000. */
  maxWaiters?: number;
  logger: Logger;
  registry: Registry;
  /** Gives up the start when aborted. */
  signal: AbortSignal;
}

export interface CommandSubgraph {
  readonly port: number;
  /** Where it answers GraphQL. */
  readonly url: string;
  readonly checks: readonly ReadinessCheck[];
  /** Resolves with the reason when outcomes can no longer be followed for good: the process should end. */
  readonly ended: Promise<Error>;
  /** Takes no more mutations, lets those in hand answer, then closes. */
  stop(): Promise<void>;
}

/** The command subgraph: checks mutations, puts them into the log, and answers their outcomes. The topics must exist. */
export async function createCommandSubgraph(options: CommandSubgraphOptions): Promise<CommandSubgraph> {
  const { log, writerAddresses, host, port, logger, registry, signal } = options;
  const { publishDeadlineMs = 3_000, waitMs = 5_000, maxWaiters = 10_000 } = options;
  const products = await createProductBus({
    log,
    writerAddresses,
    publishDeadlineMs,
    waitMs,
    maxWaiters,
    logger,
    registry,
    signal,
  });
  try {
    const server = await createSubgraphServer({
      name: 'products-command',
      schema: new URL('../schema.graphql', import.meta.url),
      resolvers,
      contextOf: (request) => ({ request, products }),
      host,
      port,
      logger,
      registry,
    });
    return {
      port: server.port,
      url: server.url,
      checks: products.checks,
      ended: products.ended,
      async stop() {
        await server.stop();
        await products.stop();
      },
    };
  } catch (error) {
    await products.stop();
    throw error;
  }
}
