import { traceIdOf } from '@tributary/service';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Plugin } from '../routes.ts';
import { type Answer, refuse, send } from './answer.ts';
import { type Call, createCall } from './call.ts';
import { getCommand } from './commands.ts';
import { createHealth } from './health.ts';
import { openApiDocument } from './openapi.ts';
import { createProduct, deleteProduct, getProduct, searchProducts, updateProduct } from './products.ts';
import { parseJson, requestErrorAnswer } from './request-errors.ts';

type Route = (call: Call) => Promise<Answer>;

/** The facade for REST callers: each route runs one of the gateway's own GraphQL operations. */
export const registerRest: Plugin = async (app, { execute, parts, logger }) => {
  const health = createHealth(parts);
  const document = openApiDocument();

  app.get('/openapi.json', (_request, reply) => reply.header('cache-control', 'no-cache').send(document));
  app.route({
    method: app.supportedMethods,
    url: '/health',
    exposeHeadRoute: false,
    onRequest: answerHealth,
    handler: answerHealth,
  });

  await app.register(
    async (api) => {
      api.removeAllContentTypeParsers();
      api.addContentTypeParser(
        'application/json',
        { parseAs: 'buffer' },
        async (_request: FastifyRequest, body: Buffer) => parseJson(body),
      );
      api.setErrorHandler((error, request, reply) => {
        const answer = requestErrorAnswer(error);
        if (answer.status >= 500)
          logger.error(
            { err: error, requestId: request.id, traceId: traceIdOf(request.trace) },
            'a REST request failed',
          );
        return send(reply, answer);
      });
      api.setNotFoundHandler((_request, reply) => send(reply, noRoute));

      resource(api, '/products', { POST: createProduct });
      resource(api, '/products/search', { GET: searchProducts });
      resource(api, '/products/:id', { GET: getProduct, PUT: updateProduct, DELETE: deleteProduct });
      resource(api, '/commands/:id', { GET: getCommand });
      api.route({
        method: api.supportedMethods,
        url: '/products/health',
        exposeHeadRoute: false,
        onRequest: answerHealth,
        handler: answerHealth,
      });
    },
    { prefix: '/api/v1' },
  );

  async function answerHealth(_request: FastifyRequest, reply: FastifyReply) {
    return send(reply, await health());
  }

  /** A path with its methods; every other method is told which ones there are. */
  function resource(
    api: FastifyInstance,
    url: string,
    routes: Readonly<Partial<Record<'GET' | 'POST' | 'PUT' | 'DELETE', Route>>>,
  ) {
    for (const [method, route] of Object.entries(routes)) {
      api.route({
        method,
        url,
        handler: async (request, reply) => send(reply, await route(createCall(request, reply, execute))),
      });
    }
    const allowed = ['GET' in routes && 'HEAD', ...Object.keys(routes), 'OPTIONS'].filter((method) => method !== false);
    const allow = { allow: allowed.join(', ') };
    const others = api.supportedMethods.filter((method) => method === 'OPTIONS' || !allowed.includes(method));
    const answerOther = async (request: FastifyRequest, reply: FastifyReply) =>
      send(
        reply,
        request.method === 'OPTIONS'
          ? { status: 204, headers: allow }
          : refuse(405, { code: 'METHOD_NOT_ALLOWED', message: `This resource takes ${allow.allow}.` }, allow),
      );
    api.route({ method: others, url, onRequest: answerOther, handler: answerOther });
  }
};

const noRoute = refuse(404, { code: 'ROUTE_NOT_FOUND', message: 'There is nothing at this path; see /openapi.json.' });
