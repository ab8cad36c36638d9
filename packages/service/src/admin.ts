import Fastify from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Logger } from './logger.ts';
import { measureEventLoop } from './metrics/event-loop.ts';
import { exposeMetrics } from './metrics/exposition.ts';
import { measureHeapLimit } from './metrics/heap.ts';
import type { Operation } from './operations/operation.ts';
import { serveOperations } from './operations/server.ts';
import { listenError } from './process.ts';
import { type ReadinessCheck, readinessOf } from './readiness.ts';
import { measureSpans } from './telemetry/results.ts';
import { hasSpanRecorder } from './telemetry/span.ts';
import { version } from './version.ts';

export interface AdminServerOptions {
  host: string;
  port: number;
  /** What the user chooses the port with, for the message when it cannot be had. Default ADMIN_PORT. */
  portSetting?: string;
  logger: Logger;
  /** What the process needs to do its job now. */
  checks: readonly ReadinessCheck[];
  /** The process's metrics; every part of it registers its own there. */
  registry: Registry;
  /** What an operator may have this process do. Default: nothing. */
  operations?: readonly Operation[];
  /** What an operator must show, `Authorization: Bearer …`. Default: none is needed, but only callers from this machine are answered. */
  operationsToken?: string | undefined;
}

export interface AdminServer {
  readonly port: number;
  stop(): Promise<void>;
}

/**
 * Serves `/livez` (the process answers, and says what it is), `/readyz` (it can do its job, else 503 and what is missing), `/metrics`, and the
 * operations under `/operations`.
 */
export async function createAdminServer({
  host,
  port,
  portSetting = 'ADMIN_PORT',
  logger,
  checks,
  registry,
  operations = [],
  operationsToken,
}: AdminServerOptions): Promise<AdminServer> {
  const server = Fastify({ logger: false, forceCloseConnections: true });

  // The logger of a process is named after it.
  const { service } = logger.bindings();
  server.get('/livez', async () => ({ status: 'ok', service, version, node: process.version }));
  server.get('/readyz', async (_, reply) => {
    const readiness = await readinessOf(checks);
    return reply.code(readiness.ready ? 200 : 503).send(readiness);
  });
  server.get('/metrics', async (request, reply) => {
    const { contentType, text } = await exposeMetrics(registry, request.headers.accept);
    return reply.header('vary', 'accept').type(contentType).send(text);
  });

  const stopping = new AbortController();
  serveOperations(server, { operations, token: operationsToken || null, logger, signal: stopping.signal });

  try {
    await server.listen({ host, port });
  } catch (error) {
    throw listenError(error, host, port, portSetting);
  }
  const address = server.server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  logger.debug({ host, port: bound }, 'admin server listens');
  return {
    port: bound,
    async stop() {
      stopping.abort();
      await server.close();
    },
  };
}

/** A registry with the metrics of the Node process itself, and of the spans that it records. */
export function createRegistry(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  measureEventLoop(registry);
  measureHeapLimit(registry);
  if (hasSpanRecorder()) measureSpans(registry);
  return registry;
}
