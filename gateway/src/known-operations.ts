import type { Logger } from '@tributary/service';
import { type GraphQLError, type GraphQLFormattedError, getOperationAST, getVariableValues } from 'graphql';
import type { GatewayMetrics } from './metrics.ts';
import { asOperationSpan } from './operation-span.ts';
import { clientError, logInternalErrors } from './supergraph/errors.ts';
import type { Graph } from './supergraph/graph.ts';
import type { RequestContext } from './supergraph/request-context.ts';

export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables?: Readonly<Record<string, unknown>> | undefined;
}

export interface OperationAnswer {
  readonly data: Record<string, unknown> | null;
  /** As a client may see them. */
  readonly errors: readonly GraphQLFormattedError[];
}

/**
 * Runs operations whose document is valid and kept, straight from its plan: the way of almost every request. Apollo Server's
 * pipeline, which takes everything else, costs as much again as all that the gateway does for a query.
 */
export type KnownOperations = (request: OperationRequest, context: RequestContext) => Promise<OperationAnswer> | null;

export interface KnownOperationsOptions {
  readonly graph: Graph;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
}

/** The answer is null for whatever is not plainly right: that is Apollo Server's to refuse, or to know better. */
export function createKnownOperations(options: KnownOperationsOptions): KnownOperations {
  const { graph, metrics, logger } = options;

  return (request, context) => {
    const { federation, documents } = graph.current();
    const document = documents(request.query);
    if (!('kind' in document)) return null;
    const operation = getOperationAST(document, request.operationName);
    if (!operation || operation.operation === 'subscription') return null;
    const variables = request.variables ?? {};
    if (getVariableValues(federation.schema, operation.variableDefinitions ?? [], variables).errors) return null;
    const done = metrics.operation(context.trace);
    const planned = federation.plan(document, request.operationName);
    const run = (context: RequestContext) =>
      federation.execute(planned, { request: { ...request, variables }, context, logger });
    return asOperationSpan(operation, context, run).then(({ data, errors = [] }) => {
      if (errors.length > 0) logInternalErrors(errors as GraphQLError[], logger, context);
      done(operation.operation, operation.name?.value, errors.length > 0 ? 'errors' : 'ok');
      return { data: data ?? null, errors: errors.map((error) => clientError(formatted(error), context.trace)) };
    });
  };
}

function formatted(error: GraphQLError | GraphQLFormattedError): GraphQLFormattedError {
  return 'toJSON' in error ? error.toJSON() : error;
}
