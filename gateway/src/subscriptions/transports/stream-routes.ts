import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { OperationTypeNode } from 'graphql';
import { isAllowedOrigin } from '../../origins/allowed.ts';
import { withTraceId } from '../../supergraph/errors.ts';
import type { SubscriptionMetrics } from '../metrics.ts';
import { multipart, serverSentEvents } from './stream-format.ts';
import type { StreamedOperation, Streams } from './streams.ts';

export const STREAM_PATH = '/graphql/stream';

export interface StreamRoutesOptions {
  readonly streams: Streams;
  /** Browsers' origins that may open a stream, beside the gateway's own. */
  readonly allowedOrigins: readonly string[];
  readonly metrics: SubscriptionMetrics;
}

/** Server-sent events. To be registered where JSON bodies are read. */
export function registerServerSentEvents(app: FastifyInstance, options: StreamRoutesOptions): void {
  const { streams, allowedOrigins, metrics } = options;

  async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    // No preflight goes before a GET, and the caller's address may be what lets it in.
    if (!isAllowedOrigin(request.headers, allowedOrigins)) {
      metrics.refused('origin');
      return refuse(reply, 403, 'FORBIDDEN', 'This origin may not open streams here');
    }
    if (!/\btext\/event-stream\b|\*\/\*/.test(request.headers.accept ?? '*/*'))
      return refuse(reply, 406, 'BAD_REQUEST', `${STREAM_PATH} answers with text/event-stream`);
    const operation = operationOf(request.method === 'GET' ? fromSearch(request.query) : request.body);
    if (typeof operation === 'string') return refuse(reply, 400, 'BAD_REQUEST', operation);
    if (request.method === 'GET' && streams.kindOf(operation) === OperationTypeNode.MUTATION)
      return refuse(reply, 405, 'BAD_REQUEST', 'A mutation is asked for by POST', { allow: 'POST' });
    const lastEventId = request.headers['last-event-id'];
    const after = typeof lastEventId === 'string' && lastEventId !== '' ? { after: lastEventId } : {};
    return streams.answer({ ...operation, ...after }, serverSentEvents, request, reply);
  }

  app.get(STREAM_PATH, answer);
  app.post(STREAM_PATH, answer);
}

/** Answers a request for a subscription that asks for the parts of a multipart answer; null for every other request. */
export function answerMultipart(
  streams: Streams,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> | null {
  if (request.method !== 'POST' || !/subscriptionspec/i.test(request.headers.accept ?? '')) return null;
  const operation = operationOf(request.body);
  if (typeof operation === 'string' || streams.kindOf(operation) !== OperationTypeNode.SUBSCRIPTION) return null;
  return streams.answer(operation, multipart, request, reply);
}

/** The operation of a request, or what is wrong with it. */
function operationOf(body: unknown): StreamedOperation | string {
  if (!isObject(body)) return 'The body of a request is a JSON object with the operation as query';
  const { query, operationName, variables } = body;
  if (typeof query !== 'string') return 'The operation is missing: query';
  if (operationName != null && typeof operationName !== 'string') return 'operationName is not a string';
  if (variables != null && (!isObject(variables) || Array.isArray(variables))) return 'variables is not an object';
  return { query, operationName: operationName ?? undefined, variables: (variables ?? {}) as Record<string, unknown> };
}

function fromSearch(search: unknown): unknown {
  if (!isObject(search) || typeof search.variables !== 'string') return search;
  try {
    return { ...search, variables: JSON.parse(search.variables) };
  } catch {
    return { ...search, variables: 'not JSON' };
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function refuse(reply: FastifyReply, status: number, code: string, message: string, headers = {}): FastifyReply {
  return reply
    .code(status)
    .headers({ 'cache-control': 'no-store', ...headers })
    .send({ errors: [withTraceId({ message, extensions: { code } }, reply.request.trace)] });
}
