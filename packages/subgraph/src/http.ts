import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Logger, observeRequests, traceIdOf } from '@tributary/service';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

export interface HttpOptions {
  /** The subgraph's name in the supergraph. */
  readonly name: string;
  readonly registry: Registry;
  readonly logger: Logger;
}

/** An HTTP server that takes JSON and answers every failure as a GraphQL error. */
export function createHttp({ name, registry, logger }: HttpOptions): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: 'idle',
    // Longer than the gateway keeps a connection, so that the gateway is the one to close it.
    keepAliveTimeout: 60_000,
    genReqId: requestIdOf,
  });
  observeRequests(app, { server: name, registry });
  app.removeContentTypeParser('text/plain');
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
    if (isClosing) reply.header('connection', 'close');
  });
  app.setNotFoundHandler((_, reply) =>
    reply.code(404).send(failure('NOT_FOUND', 'GraphQL is answered at POST /graphql')),
  );
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 400 && status < 500) return reply.code(status).send(failure('BAD_REQUEST', error.message));
    logger.error({ err: error, requestId: request.id, traceId: traceIdOf(request.trace) }, 'request failed');
    return reply.code(500).send(failure('INTERNAL_SERVER_ERROR', 'internal error'));
  });
  return app;
}

function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

function failure(code: string, message: string) {
  return { errors: [{ message, extensions: { code } }] };
}
