import { createVersionFloor, type Logger } from '@tributary/service';
import { type ExecutionArgs, GraphQLError, type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql';
import type { ServerOptions } from 'graphql-ws';
import type { Documents } from '../documents.ts';
import type { Execute } from '../operations.ts';
import { clientError, logInternalErrors } from '../supergraph/errors.ts';
import type { RequestContext } from '../supergraph/request-context.ts';
import type { Subscribe } from './subscribe.ts';
import type { ConnectionExtra } from './websocket.ts';

export interface ProtocolOptions {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  readonly documents: Documents;
  readonly subscribe: Subscribe;
  readonly execute: Execute;
  readonly logger: Logger;
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
  const { schema, documents, subscribe, execute, isLive, logger } = options;
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
        requestId: extra.requestId,
        trace: extra.trace,
        versions: createVersionFloor(),
        gone: new Set<string>(),
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
      const { context } = contextValue as OperationContext;
      try {
        const name = operationName ?? undefined;
        const opened = subscribe({ document, operationName: name, variables: variableValues ?? {}, context });
        return isErrors(opened) ? { errors: opened } : opened;
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
        ...(errors.length > 0 && { errors: errors.map((error) => clientError(error.toJSON())) }),
      };
    },
    onError: ({ extra }, _id, _payload, errors) => {
      logInternalErrors(errors, logger, extra);
      return errors.map((error) => clientError(error.toJSON()));
    },
  };
}

function refusal(code: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

function isErrors(value: unknown): value is readonly GraphQLError[] {
  return Array.isArray(value);
}
