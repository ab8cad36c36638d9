import type { ApolloServer } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { type Logger, type TraceContext, traceIdOf, VERSION_FLOOR_HEADER } from '@tributary/service';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { answerHead } from './answer-head.ts';
import { createRequestContext } from './apollo.ts';
import type { KnownOperations, OperationRequest } from './known-operations.ts';
import {
  answerMultipart,
  registerServerSentEvents,
  type StreamRoutesOptions,
} from './subscriptions/transports/stream-routes.ts';
import { internalError, withTraceId } from './supergraph/errors.ts';
import type { RequestContext } from './supergraph/request-context.ts';

export const GRAPHQL_PATH = '/graphql';
/** The page on which a person asks what a program asks at `GRAPHQL_PATH`. */
const EXPLORER_PATH = '/graphiql';

const utf8 = new TextDecoder('utf-8', { fatal: true });

export interface GraphQLRoutesOptions extends StreamRoutesOptions {
  readonly apollo: ApolloServer<RequestContext>;
  readonly known: KnownOperations;
  /** Characters of a document. */
  readonly documentCharacters: number;
  readonly logger: Logger;
}

/** GraphQL over HTTP. Whatever is wrong with a request, its answer is JSON in the shape of a GraphQL answer. */
export async function registerGraphQL(app: FastifyInstance, options: GraphQLRoutesOptions): Promise<void> {
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? (error.code === 'ERR_INVALID_URL' ? 400 : 500);
    if (status >= 500)
      options.logger.error(
        { err: error, requestId: request.id, traceId: traceIdOf(request.trace) },
        'a request failed',
      );
    const shown = status < 500 ? refusal(clientMessage(error)) : internalError;
    return reply
      .code(status)
      .header('cache-control', 'no-store')
      .send({ errors: [withTraceId(shown, request.trace)] });
  });

  app.removeContentTypeParser('application/json');
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    let text: string;
    try {
      text = utf8.decode(body);
    } catch {
      // Replacing what cannot be decoded would change the text.
      done(Object.assign(new SyntaxError('the body is not UTF-8'), { statusCode: 400 }));
      return;
    }
    parseJson(request, text, done);
  });

  const byApollo = fastifyApolloHandler(options.apollo, {
    context: async (request) => {
      const context = contextOf(request);
      if (context instanceof Error) throw context;
      return context;
    },
  });

  app.route({
    method: ['GET', 'POST'],
    url: GRAPHQL_PATH,
    preHandler: async (request, reply) => {
      if (isNavigation(request)) return reply.header('vary', 'accept').redirect(EXPLORER_PATH, 303);
      const query = documentOf(request.body) ?? documentOf(request.query);
      if (typeof query !== 'string' || query.length <= options.documentCharacters) return;
      const message = `The document has ${query.length} characters, more than the ${options.documentCharacters} allowed`;
      await reply.code(400).send({ errors: [withTraceId(refusal(message), request.trace)] });
    },
    async handler(request, reply) {
      const streamed = answerMultipart(options.streams, request, reply);
      if (streamed) return streamed;
      const plain = plainRequestOf(request);
      const context = contextOf(request);
      const running = plain && !(context instanceof Error) && options.known(plain, context);
      if (!running) return withTraceIds(await byApollo.call(app, request, reply), request.trace);
      const { data, errors } = await running;
      const { status = 200, headers } = answerHead(data, errors, context.versions);
      return reply
        .code(status)
        .headers(headers)
        .type('application/json; charset=utf-8')
        .send(`${JSON.stringify(errors.length > 0 ? { errors, data } : { data })}\n`);
    },
  });

  registerServerSentEvents(app, options);

  const answerOther = async (request: FastifyRequest, reply: FastifyReply) => {
    reply.header('allow', 'GET, HEAD, POST, OPTIONS');
    if (request.method === 'OPTIONS') return reply.code(204).send();
    const error = withTraceId(refusal('GraphQL is answered to GET and POST'), request.trace);
    return reply.code(405).send({ errors: [error] });
  };
  app.route({
    method: app.supportedMethods.filter((method) => !['GET', 'HEAD', 'POST'].includes(method)),
    url: GRAPHQL_PATH,
    // Before any body is read.
    onRequest: answerOther,
    handler: answerOther,
  });
}

/** An answer of Apollo Server, which writes errors first, with the trace in each: not all of its errors pass a plugin that knows the request. */
function withTraceIds(answer: unknown, trace: TraceContext): unknown {
  if (typeof answer !== 'string' || !answer.startsWith('{"errors":[')) return answer;
  const { errors, ...rest } = JSON.parse(answer) as { errors: readonly GraphQLFormattedError[] };
  return `${JSON.stringify({ errors: errors.map((error) => withTraceId(error, trace)), ...rest })}\n`;
}

function refusal(message: string): GraphQLFormattedError {
  return { message, extensions: { code: 'BAD_REQUEST' } };
}

/** Whether a person has opened the address in a browser, without an operation. */
function isNavigation({ method, headers, query }: FastifyRequest): boolean {
  return method === 'GET' && documentOf(query) === undefined && /\btext\/html\b/.test(headers.accept ?? '');
}

function contextOf(request: FastifyRequest): RequestContext | GraphQLError {
  const floor = request.headers[VERSION_FLOOR_HEADER];
  return createRequestContext({
    requestId: request.id,
    trace: request.trace,
    versionFloor: Array.isArray(floor) ? floor.join(',') : floor,
  });
}

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** The operation of a request that asks for nothing but JSON in and JSON out; null for any other request. */
function plainRequestOf({ method, headers, body }: FastifyRequest): OperationRequest | null {
  const { accept, host, 'content-type': type } = headers;
  if (host === undefined || !HOST.test(host)) return null;
  if (method !== 'POST' || !type?.startsWith('application/json') || !isObject(body)) return null;
  if (accept !== undefined && accept !== '*/*' && accept !== 'application/json') return null;
  const { query, operationName, variables, ...others } = body;
  if (typeof query !== 'string' || Object.keys(others).length > 0) return null;
  if (operationName != null && typeof operationName !== 'string') return null;
  if (variables != null && (!isObject(variables) || Array.isArray(variables))) return null;
  return {
    query,
    ...(operationName != null && { operationName }),
    ...(variables != null && { variables: variables as Record<string, unknown> }),
  };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function documentOf(from: unknown): unknown {
  return typeof from === 'object' && from !== null && 'query' in from ? from.query : undefined;
}

const CLIENT_MESSAGES: Readonly<Record<string, string>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'The content type of a GraphQL request is application/json',
  FST_ERR_CTP_BODY_TOO_LARGE: 'The body is larger than the limit',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not JSON in UTF-8',
};

function clientMessage(error: FastifyError): string {
  return (
    CLIENT_MESSAGES[error.code] ??
    (error instanceof SyntaxError ? CLIENT_MESSAGES.FST_ERR_CTP_INVALID_JSON_BODY! : 'The request is malformed')
  );
}
