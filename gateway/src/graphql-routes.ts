import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { type Logger, VERSION_FLOOR_HEADER } from '@tributary/service';
import type { FastifyError, FastifyInstance } from 'fastify';
import { createRequestContext } from './apollo.ts';
import { internalError } from './supergraph/errors.ts';
import type { RequestContext } from './supergraph/request-context.ts';

export const GRAPHQL_PATH = '/graphql';

export interface GraphQLRoutesOptions {
  readonly apollo: ApolloServer<RequestContext>;
  /** Characters of a document. */
  readonly documentCharacters: number;
  readonly logger: Logger;
}

/** GraphQL over HTTP. Whatever is wrong with a request, its answer is JSON in the shape of a GraphQL answer. */
export async function registerGraphQL(app: FastifyInstance, options: GraphQLRoutesOptions): Promise<void> {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? (error.code === 'ERR_INVALID_URL' ? 400 : 500);
    if (status >= 500) options.logger.error({ err: error, requestId: request.id }, 'a request failed');
    const shown = status < 500 ? { message: clientMessage(error), extensions: { code: 'BAD_REQUEST' } } : internalError;
    return reply
      .code(status)
      .header('cache-control', 'no-store')
      .send({ errors: [shown] });
  });

  app.route({
    method: ['GET', 'POST'],
    url: GRAPHQL_PATH,
    preHandler: async (request, reply) => {
      const query = documentOf(request.body) ?? documentOf(request.query);
      if (typeof query !== 'string' || query.length <= options.documentCharacters) return;
      const message = `The document has ${query.length} characters, more than the ${options.documentCharacters} allowed`;
      await reply.code(400).send({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] });
    },
    handler: fastifyApolloHandler(options.apollo, {
      context: async (request) => {
        const floor = request.headers[VERSION_FLOOR_HEADER];
        const context = createRequestContext({
          requestId: request.id,
          trace: request.trace,
          versionFloor: Array.isArray(floor) ? floor.join(',') : floor,
        });
        if (context instanceof Error) throw context;
        return context;
      },
    }),
  });
}

function documentOf(from: unknown): unknown {
  return typeof from === 'object' && from !== null && 'query' in from ? from.query : undefined;
}

const CLIENT_MESSAGES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The content type of a GraphQL request is application/json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than the limit',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON',
};

function clientMessage(error: FastifyError): string {
  return (
    CLIENT_MESSAGES[error.code] ??
    (error instanceof SyntaxError ? CLIENT_MESSAGES.FST_ERR_CTP_INVALID_JSON_BODY! : 'The request is malformed')
  );
}
