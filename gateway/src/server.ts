import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import compress from '@fastify/compress';
import { listenError, observeRequests, TRACE_ID_HEADER, traceContextOf, traceIdOf } from '@tributary/service';
import Fastify, { type FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import { type GraphQLRoutesOptions, registerGraphQL } from './graphql-routes.ts';
import { allowOrigins } from './origins/cors.ts';
import { registerPages } from './pages/index.ts';
import { readRefusedBodies } from './refused-bodies.ts';
import { requestIdOf } from './request-id.ts';
import { send as sendAnswer } from './rest/answer.ts';
import { registerRest } from './rest/index.ts';
import { requestErrorAnswer } from './rest/request-errors.ts';
import type { GatewayDeps } from './routes.ts';
import { answerUnreadable } from './unreadable-requests.ts';

export const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

const COMPRESS_FROM_BYTES = 1024;
/** As long as a request's head may be: an id of any length is refused by the rule of ids. */
const PATH_ID_CHARACTERS = 16 * 1024;
const REQUEST_WITHIN_MS = 30_000;

export interface ServerOptions {
  readonly graphql: GraphQLRoutesOptions;
  readonly deps: GatewayDeps;
  readonly registry: Registry;
}

/** Every route of the gateway, not listening yet. Every answer has the request's id in `x-request-id`, and its trace's in `trace-id`. */
export async function createServer({ graphql, deps, registry }: ServerOptions): Promise<FastifyInstance> {
  const app = Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    genReqId: requestIdOf,
    requestIdHeader: false,
    // Whoever sends slower than this holds a connection for nothing.
    requestTimeout: REQUEST_WITHIN_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: PATH_ID_CHARACTERS },
    // A path that cannot be decoded belongs to no route, so no hook and no handler sees it.
    frameworkErrors(error, request, reply) {
      request.trace = traceContextOf(request.headers);
      reply.headers({ 'x-request-id': request.id, [TRACE_ID_HEADER]: traceIdOf(request.trace) });
      return sendAnswer(reply, requestErrorAnswer(error));
    },
    clientErrorHandler: answerUnreadable,
  });
  observeRequests(app, { server: 'gateway', registry });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  readRefusedBodies(app);
  // A kept-alive connection would hold up the close long after its last answer.
  let isClosing = false;
  const unused = unusedConnections(app.server);
  app.addHook('preClose', async () => {
    isClosing = true;
    for (const socket of unused) socket.destroy();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) reply.header('connection', 'close');
    done();
  });
  app.removeContentTypeParser('text/plain');
  await app.register(compress, { global: true, threshold: COMPRESS_FROM_BYTES, encodings: ['gzip', 'identity'] });
  await allowOrigins(app, graphql.allowedOrigins);
  await app.register((scope) => registerGraphQL(scope, graphql));
  await app.register((scope) => registerRest(scope, deps));
  await app.register((scope) => registerPages(scope, deps));
  return app;
}

/** Connections on which nothing was asked yet, as browsers open them in advance: they do not count as idle, and would hold up the close. */
function unusedConnections(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  for (const event of ['request', 'upgrade'] as const)
    server.on(event, ({ socket }: IncomingMessage) => unused.delete(socket));
  return unused;
}

/**
 * Listens, and answers with the port that was bound.
 * @throws StartError when the port is taken.
 */
export async function listen(app: FastifyInstance, host: string, port: number, portSetting: string): Promise<number> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw listenError(error, host, port, portSetting);
  }
  const address = app.server.address();
  return typeof address === 'object' && address ? address.port : port;
}
