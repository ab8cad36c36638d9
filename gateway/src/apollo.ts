import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { createVersionFloor, type Logger, VERSION_FLOOR_HEADER } from '@tributary/service';
import type { GraphQLError } from 'graphql';
import type { OperationLimits } from './limits/limits.ts';
import { createLimitRule } from './limits/rules.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Execute } from './operations.ts';
import { statusOf } from './status.ts';
import { badUserInput, clientError, logInternalErrors } from './supergraph/errors.ts';
import type { Federation } from './supergraph/federation.ts';
import type { RequestContext } from './supergraph/request-context.ts';

/** A client that is told to come back later is told when, in seconds. */
const RETRY_AFTER_S = '1';

export interface GraphQLServerOptions {
  readonly federation: Federation;
  readonly limits: OperationLimits;
  readonly introspection: boolean;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
}

/** Apollo Server over the federation: parses, validates within the limits, executes, and shapes errors and statuses. */
export async function createGraphQLServer(options: GraphQLServerOptions): Promise<ApolloServer<RequestContext>> {
  const apollo = new ApolloServer<RequestContext>({
    gateway: options.federation.gateway,
    logger: options.logger,
    nodeEnv: 'production',
    introspection: options.introspection,
    csrfPrevention: true,
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: options.limits.tokens },
    validationRules: [createLimitRule(options.limits)],
    formatError: clientError,
    plugins: [
      answerHead(options.metrics),
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
export function createExecute(apollo: ApolloServer<RequestContext>): Execute {
  return async ({ query, operationName, variables, requestId, trace, versionFloor }) => {
    const context = createRequestContext({ requestId, trace, versionFloor });
    if (context instanceof Error) return { data: null, errors: [context.toJSON()] };
    const { body } = await apollo.executeOperation({ query, operationName, variables }, { contextValue: context });
    if (body.kind !== 'single') throw new Error('an operation was answered in parts');
    const floor = context.versions.header();
    return {
      data: body.singleResult.data ?? null,
      errors: body.singleResult.errors ?? [],
      ...(floor !== undefined && { versionFloor: floor }),
    };
  };
}

/** The context of an operation that starts, or why its version floor cannot be read. */
export function createRequestContext({
  requestId,
  trace,
  versionFloor,
}: Pick<RequestContext, 'requestId' | 'trace'> & { versionFloor: string | undefined }): RequestContext | GraphQLError {
  const versions = createVersionFloor();
  if (versionFloor !== undefined && !versions.raise(versionFloor))
    return badUserInput(`${VERSION_FLOOR_HEADER} is not of the form <id>@<version>,…`);
  return { requestId, trace, versions };
}

function answerHead(metrics: GatewayMetrics): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      const done = metrics.operation();
      return {
        async willSendResponse({ response, contextValue, operation }) {
          const { http, body } = response;
          if (body.kind !== 'single') return;
          const errors = body.singleResult.errors ?? [];
          done(operation?.operation ?? 'none', errors.length > 0 ? 'errors' : 'ok');
          const status = statusOf(body.singleResult.data, errors);
          if (status !== undefined) http.status = status;
          if (status === 503) http.headers.set('retry-after', RETRY_AFTER_S);
          http.headers.set('cache-control', 'no-store');
          const floor = contextValue.versions.header();
          if (floor !== undefined) http.headers.set(VERSION_FLOOR_HEADER, floor);
        },
      };
    },
  };
}

function failureLog(logger: Logger): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        didEncounterErrors: async ({ errors, contextValue }) => logInternalErrors(errors, logger, contextValue),
      };
    },
  };
}
