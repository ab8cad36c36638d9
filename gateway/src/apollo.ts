import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { type Logger, VERSION_FLOOR_HEADER } from '@tributary/service';
import type { GraphQLError } from 'graphql';
import { answerHead } from './answer-head.ts';
import type { KnownOperations, OperationAnswer, OperationRequest } from './known-operations.ts';
import type { OperationLimits } from './limits/limits.ts';
import { createLimitRule } from './limits/rules.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Execute } from './operations.ts';
import { isOkInPlainJson } from './request-errors.ts';
import { createApolloGateway } from './supergraph/apollo-gateway.ts';
import { badUserInput, logFailure, logInternalErrors, shownError, withTraceId } from './supergraph/errors.ts';
import type { Graph } from './supergraph/graph.ts';
import { type RequestContext, startContext } from './supergraph/request-context.ts';

export interface GraphQLServerOptions {
  readonly graph: Graph;
  readonly limits: OperationLimits;
  readonly introspection: boolean;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
}

/** Apollo Server over the graph: parses, validates within the limits, executes, and shapes errors and statuses. */
export async function createGraphQLServer(options: GraphQLServerOptions): Promise<ApolloServer<RequestContext>> {
  const apollo = new ApolloServer<RequestContext>({
    gateway: createApolloGateway(options.graph),
    logger: options.logger,
    nodeEnv: 'production',
    introspection: options.introspection,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: options.limits.tokens },
    validationRules: [createLimitRule(options.limits)],
    formatError: (error) => shownError(error),
    plugins: [
      headOf(options.metrics),
      failureLog(options.logger),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await apollo.start();
  return apollo;
}

/** Runs operations of the process itself, by the same path that a client's take. */
export function createExecute(apollo: ApolloServer<RequestContext>, known: KnownOperations): Execute {
  async function byApollo(request: OperationRequest, contextValue: RequestContext): Promise<OperationAnswer> {
    const { body } = await apollo.executeOperation(request, { contextValue });
    if (body.kind !== 'single') throw new Error('an operation was answered in parts');
    const { data, errors = [] } = body.singleResult;
    return { data: data ?? null, errors: errors.map((error) => withTraceId(error, contextValue.trace)) };
  }

  return async ({ query, operationName, variables, requestId, trace, versionFloor }) => {
    const context = createRequestContext({ requestId, trace, versionFloor });
    if (context instanceof Error) return { data: null, errors: [withTraceId(context.toJSON(), trace)] };
    const request = { query, variables, ...(operationName !== undefined && { operationName }) };
    const answer = await (known(request, context) ?? byApollo(request, context));
    const floor = context.versions.header();
    return { ...answer, ...(floor !== undefined && { versionFloor: floor }) };
  };
}

/** The context of an operation that starts, or why its version floor cannot be read. */
export function createRequestContext({
  requestId,
  trace,
  versionFloor,
}: Pick<RequestContext, 'requestId' | 'trace'> & { versionFloor: string | undefined }): RequestContext | GraphQLError {
  const context = startContext({ requestId, trace });
  if (versionFloor !== undefined && !context.versions.raise(versionFloor))
    return badUserInput(`${VERSION_FLOOR_HEADER} is not of the form <id>@<version>,…`);
  return context;
}

function headOf(metrics: GatewayMetrics): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart({ contextValue }) {
      const done = metrics.operation(contextValue.trace);
      return {
        async willSendResponse({ request, response, operation }) {
          const { http, body } = response;
          if (body.kind !== 'single') return;
          const errors = body.singleResult.errors ?? [];
          done(operation?.operation ?? 'none', operation?.name?.value, errors.length > 0 ? 'errors' : 'ok');
          const { status, headers } = answerHead(body.singleResult.data, errors, contextValue.versions);
          if (status !== undefined) http.status = status;
          if (isOkInPlainJson(request.http?.headers.get('accept'), body.singleResult.data, errors)) http.status = 200;
          for (const [name, value] of Object.entries(headers)) http.headers.set(name, value);
        },
      };
    },
  };
}

function failureLog(logger: Logger): ApolloServerPlugin<RequestContext> {
  return {
    async unexpectedErrorProcessingRequest({ requestContext: { contextValue }, error }) {
      logFailure(error, logger, contextValue);
    },
    async requestDidStart() {
      return {
        didEncounterErrors: async ({ errors, contextValue }) => logInternalErrors(errors, logger, contextValue),
      };
    },
  };
}
