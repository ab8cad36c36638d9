import { type Logger, type TraceContext, traceContextOf, traceIdOf } from '@tributary/service';
import { type ExecutionArgs, GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { Context, ServerOptions } from 'graphql-ws';
import type { Execute } from '../../operations.ts';
import { clientError, logInternalErrors, refusal, shownError, withTraceId } from '../../supergraph/errors.ts';
import type { Graph } from '../../supergraph/graph.ts';
import { type RequestContext, startContext } from '../../supergraph/request-context.ts';
import type { Live } from '../live.ts';
import type { SubscriptionMetrics } from '../metrics.ts';
import type { Outlet } from '../outlet.ts';
import { anonymous, type Identify } from '../viewer.ts';
import { createEndlessValues, type EndlessValues } from './endless-values.ts';
import type { Connection } from './websocket.ts';

export interface ProtocolOptions {
  readonly graph: Graph;
  readonly live: Live;
  readonly execute: Execute;
  readonly identify: Identify;
  /** Operations that one socket may have open. */
  readonly perSocket: number;
  readonly metrics: SubscriptionMetrics;
  readonly logger: Logger;
}

interface OperationContext {
  readonly id: string;
  readonly source: string;
  readonly connection: Connection;
  readonly context: RequestContext;
}

type Protocol = ServerOptions<Record<string, unknown>, Connection>;

/**
 * How the operations of a WebSocket are run: subscriptions over the graph, queries and mutations as over HTTP.
 * Each belongs to the trace that its `extensions.traceparent` names, or the request that was upgraded; else it begins one.
 * The library keeps the protocol; results of subscriptions, which are written once for many clients, go past it to the socket.
 */
export function createProtocol(options: ProtocolOptions): Protocol {
  const { graph, live, execute, identify, perSocket, metrics, logger } = options;
  return {
    async onConnect(context) {
      const { extra: connection, connectionParams = {} } = context as Context<Record<string, unknown>, Connection>;
      try {
        const viewer = await identify({ headers: connection.request.headers, connectionParams });
        connection.viewer = viewer;
        if (viewer.expiresAtMs !== undefined) connection.expireAt(viewer.expiresAtMs);
      } catch (error) {
        metrics.refused('identity');
        logger.debug({ err: error, ...idsOf(connection) }, 'a caller was refused');
        return false;
      }
      const cursor = live.cursor();
      return cursor === null ? true : { cursor };
    },
    onSubscribe({ subscriptions, extra: connection }, id, payload) {
      const trace = traceOf(payload.extensions, connection.trace);
      if (Object.keys(subscriptions).length > perSocket) {
        metrics.refused('per_socket');
        return traced([refusal('TOO_MANY_OPERATIONS', `More than ${perSocket} operations are open here`)], trace);
      }
      const { federation, documents } = graph.current();
      const document = documents(payload.query);
      if (isErrors(document)) {
        metrics.refused('document');
        return traced(document, trace);
      }
      const operation = getOperationAST(document, payload.operationName);
      if (!operation)
        return traced([refusal('BAD_REQUEST', 'Which operation of the document to run is not clear')], trace);
      if (operation.operation === OperationTypeNode.SUBSCRIPTION && !live.isUp())
        return traced([refusal('UNAVAILABLE', 'Live events are not available now')], trace);
      const { requestId, viewer = anonymous } = connection;
      const context = startContext({ requestId, trace, viewerHeaders: viewer.headers });
      return {
        schema: federation.schema,
        document,
        operationName: payload.operationName ?? null,
        variableValues: payload.variables ?? {},
        contextValue: { id, source: payload.query, connection, context } satisfies OperationContext,
      };
    },
    subscribe({ document, operationName, variableValues, contextValue }: ExecutionArgs) {
      const { id, connection, context } = contextValue as OperationContext;
      const values = createEndlessValues();
      try {
        const opened = live.open(
          {
            document,
            operationName: operationName ?? undefined,
            variables: variableValues ?? {},
            context,
            viewer: connection.viewer ?? anonymous,
          },
          outletOf(connection, id, values, context.trace),
        );
        if (isErrors(opened)) return { errors: opened };
        const stopListening = connection.onDrain(() => opened.resume());
        values.onEnd(() => {
          stopListening();
          opened.stop();
        });
        return values.iterator;
      } catch (error) {
        // Thrown on, it would end the connection, and with it the client's other subscriptions.
        return { errors: [new GraphQLError(String(error), { originalError: error as Error })] };
      }
    },
    async execute({ operationName, variableValues, contextValue }: ExecutionArgs) {
      const { source, context } = contextValue as OperationContext;
      const { requestId, trace } = context;
      const { data, errors } = await execute({
        query: source,
        variables: variableValues ?? {},
        requestId,
        trace,
        ...(operationName && { operationName }),
      });
      return { data, errors: errors.map(({ message, ...rest }) => new GraphQLError(message, rest)) };
    },
    onNext: (_, _id, _payload, { contextValue }, { data, errors = [] }) => {
      logInternalErrors(errors, logger, (contextValue as OperationContext).context);
      return {
        data: data ?? null,
        ...(errors.length > 0 && {
          errors: errors.map((error) => clientError(error.toJSON(), (contextValue as OperationContext).context.trace)),
        }),
      };
    },
    onError: ({ extra }, _id, _payload, errors) => {
      logInternalErrors(errors, logger, extra);
      return errors.map((error) => {
        // What ends an operation has its trace; what the library itself refuses has the connection's.
        const { traceId = traceIdOf(extra.trace) } = error.extensions;
        const shown = shownError(error.toJSON());
        return { ...shown, extensions: { ...shown.extensions, traceId } };
      });
    },
  };
}

/** Results as messages of the protocol, past the library, which would write each of them out anew. */
function outletOf(connection: Connection, id: string, values: EndlessValues, trace: TraceContext): Outlet {
  const before = Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
  const after = Buffer.from('}');
  return {
    write: ({ body }) => connection.send(Buffer.concat([before, body, after])),
    complete: () => values.end(),
    fail: ([error]) =>
      values.end(new GraphQLError(error!.message, { extensions: withTraceId(error!, trace).extensions! })),
  };
}

/** One connection has many operations, and may last for hours: a trace that nobody else began is each operation's own. */
function traceOf(extensions: unknown, ofConnection: TraceContext): TraceContext {
  const { traceparent, tracestate } = (extensions ?? {}) as Readonly<Record<string, unknown>>;
  const named = traceContextOf({
    ...(typeof traceparent === 'string' && { traceparent }),
    ...(typeof tracestate === 'string' && { tracestate }),
  });
  if (!named.isNew || ofConnection.isNew) return named;
  return ofConnection;
}

function traced(errors: readonly GraphQLError[], trace: TraceContext): readonly GraphQLError[] {
  for (const error of errors) error.extensions.traceId = traceIdOf(trace);
  return errors;
}

function idsOf({ requestId, trace }: Connection) {
  return { requestId, traceId: traceIdOf(trace) };
}

function isErrors(value: unknown): value is readonly GraphQLError[] {
  return Array.isArray(value);
}
