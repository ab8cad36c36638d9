import { randomUUID } from 'node:crypto';
import { createVersionFloor, traceContextOf } from '@tributary/service';
import {
  type ExecutionArgs,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getOperationAST,
  OperationTypeNode,
} from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import type { Documents } from '../documents.ts';
import type { Execute } from '../operations.ts';
import type { ErrorFormat } from '../supergraph/errors.ts';
import type { RequestContext } from '../supergraph/request-context.ts';
import type { Subscribe } from './subscribe.ts';
import type { ConnectionExtra } from './websocket.ts';

export interface ProtocolOptions {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly subscribe: Subscribe;
  readonly execute: Execute;
  readonly formatError: ErrorFormat;
  /** Whether live events can be followed now. */
  isLive(): boolean;
}

interface OperationContext {
  readonly source: string;
  readonly context: RequestContext;
}

const MAX_OPERATIONS_PER_CONNECTION = 100;

/** How the operations of a WebSocket are run: subscriptions over the graph, queries and mutations as over HTTP. */
export function createProtocol(options: ProtocolOptions): ServerOptions<Record<string, unknown>, ConnectionExtra> {
  const { schema, documents, subscribe, execute, formatError, isLive } = options;
  return {
    onSubscribe({ subscriptions, extra }, _id, payload) {
      if (Object.keys(subscriptions).length > MAX_OPERATIONS_PER_CONNECTION)
        return [refusal('TOO_MANY_OPERATIONS', `More than ${MAX_OPERATIONS_PER_CONNECTION} operations are open here`)];
      const document = documents(payload.query);
      if (isErrors(document)) return document;
      const operation = getOperationAST(document, payload.operationName);
      if (!operation) return [refusal('BAD_REQUEST', 'Which operation of the document to run is not clear')];
      if (operation.operation === OperationTypeNode.SUBSCRIPTION && !isLive())
        return [refusal('UNAVAILABLE', 'Live events are not available now')];
      const context = {
        requestId: randomUUID(),
        trace: traceContextOf(extra.request.headers),
        versions: createVersionFloor(),
      };
      return {
        schema,
        document,
        operationName: payload.operationName ?? null,
        variableValues: payload.variables ?? {},
        contextValue: { source: payload.query, context } satisfies OperationContext,
      };
    },
    subscribe({ document, operationName, variableValues, contextValue }: ExecutionArgs) {
      const opened = subscribe({
        document,
        operationName: operationName ?? undefined,
        variables: variableValues ?? {},
        context: (contextValue as OperationContext).context,
      });
      return isErrors(opened) ? { errors: opened } : opened;
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
      return errors.length > 0 ? { data, errors: errors as readonly GraphQLError[] } : { data };
    },
    onNext: (_, _id, _payload, _args, { data, errors }) => ({
      data: data ?? null,
      ...(errors && { errors: errors.map(shown) }),
    }),
    onError: (_, _id, _payload, errors) => errors.map(shown),
  };

  /** Errors of queries and mutations come as clients see them already; formatting them again changes nothing. */
  function shown(error: GraphQLError | GraphQLFormattedError): GraphQLFormattedError {
    return formatError(error instanceof GraphQLError ? error.toJSON() : error, error);
  }
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function isErrors(value: unknown): value is readonly GraphQLError[] {
  return Array.isArray(value);
}
