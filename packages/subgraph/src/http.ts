import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from '@tributary/service';
import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const REQUEST_ID = /^[\w.:-]{1,128}$/;

/** An HTTP server that takes JSON and answers every failure as a GraphQL error. */
export function createHttp(logger: Logger): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    forceCloseConnections: 'idle',
    // Longer than the gateway keeps a connection, so that the gateway is the one to close it.
    keepAliveTimeout: 60_000,
    genReqId: requestIdOf,
  });
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
    logger.error({ err: error, requestId: request.id }, 'request failed');
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
