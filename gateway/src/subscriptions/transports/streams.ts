import type { Logger } from '@tributary/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GraphQLError, type GraphQLFormattedError, getOperationAST, OperationTypeNode } from 'graphql';
import type { Execute } from '../../operations.ts';
import { statusOf } from '../../status.ts';
import { clientError, internalError, logFailure, logInternalErrors, refusal } from '../../supergraph/errors.ts';
import type { Graph } from '../../supergraph/graph.ts';
import { startContext } from '../../supergraph/request-context.ts';
import type { SubscriptionLimits } from '../limits.ts';
import type { Live } from '../live.ts';
import type { SubscriptionMetrics } from '../metrics.ts';
import type { OpenSubscription } from '../outlet.ts';
import { messageOf } from '../sharing/payload.ts';
import type { Identify, Viewer } from '../viewer.ts';
import type { Connections } from './connections.ts';
import { inRandomBatches } from './drain.ts';
import { createStream, type Stream } from './stream.ts';
import type { StreamFormat } from './stream-format.ts';

export interface StreamsOptions {
  readonly graph: Graph;
  readonly live: Live;
  readonly execute: Execute;
  readonly identify: Identify;
  readonly connections: Connections;
  readonly limits: SubscriptionLimits;
  readonly metrics: SubscriptionMetrics;
  readonly logger: Logger;
}

/** An operation as it came in a request. */
export interface StreamedOperation {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Where the client stands, as the transport says. */
  readonly after?: string | undefined;
}

/** Operations whose results are streamed over HTTP. */
export interface Streams {
  /** What kind of operation it is; null where that cannot be told. */
  kindOf(operation: StreamedOperation): OperationTypeNode | null;
  /** Answers with a stream, or with JSON that says why there is none. */
  answer(
    operation: StreamedOperation,
    format: StreamFormat,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply>;
  /** Sends every client away, in random batches: they come again. */
  stop(): Promise<void>;
}

const RETRY_AFTER_S = 5;

export function createStreams(options: StreamsOptions): Streams {
  const { graph, live, execute, identify, connections, limits, metrics, logger } = options;
  const streams = new Set<Stream>();
  let isStopping = false;

  async function viewerOf({ headers }: FastifyRequest): Promise<Viewer | GraphQLError> {
    try {
      return await identify({ headers, connectionParams: {} });
    } catch (error) {
      metrics.refused('identity');
      if (error instanceof GraphQLError) return error;
      throw error;
    }
  }

  /** Opens what the operation asks for on the stream. */
  function start(
    operation: StreamedOperation,
    viewer: Viewer,
    request: FastifyRequest,
    stream: Stream,
  ): OpenSubscription | readonly GraphQLError[] {
    const { query, operationName, variables, after } = operation;
    const document = graph.current().documents(query);
    if (!('kind' in document)) {
      metrics.refused('document');
      return document;
    }
    const definition = getOperationAST(document, operationName);
    if (!definition) return [refusal('BAD_REQUEST', 'Which operation of the document to run is not clear')];
    const { id: requestId, trace } = request;
    if (definition.operation !== OperationTypeNode.SUBSCRIPTION) {
      const running = execute({
        query,
        variables,
        requestId,
        trace,
        ...(operationName !== undefined && { operationName }),
      });
      running.then(
        (result) => {
          stream.outlet.write(messageOf(result));
          stream.outlet.complete();
        },
        (error: Error) => {
          logFailure(error, logger, { requestId, trace });
          stream.outlet.fail([internalError]);
        },
      );
      return { cursor: null, resume() {}, stop() {} };
    }
    const context = startContext({ requestId, trace, viewerHeaders: viewer.headers });
    return live.open({ document, operationName, variables, after, context, viewer }, stream.outlet);
  }

  return {
    kindOf({ query, operationName }) {
      const document = graph.current().documents(query);
      return ('kind' in document && getOperationAST(document, operationName)?.operation) || null;
    },
    async answer(operation, format, request, reply) {
      if (isStopping) return refuse(reply, 503, refusal('UNAVAILABLE', 'This server stops; come again'));
      const viewer = await viewerOf(request);
      if (viewer instanceof GraphQLError) return refuse(reply, 401, viewer);
      const release = connections.admit(format.transport, request.ip);
      if (typeof release === 'string')
        return refuse(
          reply,
          release === 'address' ? 429 : 503,
          refusal('TOO_MANY_CONNECTIONS', 'There are as many sockets and streams as there may be'),
        );

      let opened: OpenSubscription | readonly GraphQLError[] = [];
      const stream = createStream({
        response: reply.raw,
        format,
        trace: request.trace,
        limits,
        expiresAtMs: viewer.expiresAtMs,
        onCut: (reason) => metrics.connectionCut(format.transport, reason),
        onClose() {
          streams.delete(stream);
          release();
          if ('stop' in opened) opened.stop();
        },
      });
      opened = start(operation, viewer, request, stream);
      if (!('stop' in opened)) {
        logInternalErrors(opened, logger, { requestId: request.id, trace: request.trace });
        return refuse(reply, statusOfRefusal(opened), ...opened);
      }
      const { resume, cursor } = opened;
      stream.onDrain(resume);
      streams.add(stream);
      handOver(reply);
      stream.begin(cursor);
      // It lasts for as long as its client likes.
      request.answered();
      return reply;
    },
    async stop() {
      isStopping = true;
      await inRandomBatches(streams, limits.drainMs, (stream) => stream.cut('drain'));
    },
  };
}

/** Leaves the answer to who writes it as it is, with the headers that every answer has. */
function handOver(reply: FastifyReply): void {
  for (const [name, value] of Object.entries(reply.getHeaders()))
    if (value !== undefined) reply.raw.setHeader(name, value);
  reply.hijack();
}

function refuse(reply: FastifyReply, status: number, ...errors: readonly GraphQLError[]): FastifyReply {
  if (status === 429 || status === 503) reply.header('retry-after', String(RETRY_AFTER_S));
  const shown: GraphQLFormattedError[] = errors.map((error) => clientError(error.toJSON(), reply.request.trace));
  return reply.code(status).header('cache-control', 'no-store').send({ errors: shown });
}

function statusOfRefusal(errors: readonly GraphQLError[]): number {
  if (errors.some(({ extensions }) => extensions.code === 'TOO_MANY_SUBSCRIPTIONS')) return 503;
  return statusOf(null, errors) ?? 400;
}
