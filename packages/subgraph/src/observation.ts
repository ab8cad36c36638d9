import type { ApolloServerPlugin } from '@apollo/server';
import { VERSION_FLOOR_HEADER } from '@tributary/service';
import { isDefect } from './errors.ts';
import type { SubgraphMetrics } from './metrics.ts';
import type { SubgraphRequest } from './request.ts';

/** Logs defects, measures operations, and answers the versions that the resolvers noted. */
export function observation<Context extends { request: SubgraphRequest }>(
  subgraph: string,
  metrics: SubgraphMetrics,
): ApolloServerPlugin<Context> {
  return {
    async unexpectedErrorProcessingRequest({ requestContext, error }) {
      requestContext.contextValue.request.logger.error({ err: error }, 'operation failed');
    },
    async requestDidStart({ contextValue: { request } }) {
      const startedMs = performance.now();
      return {
        async didEncounterErrors({ errors }) {
          for (const error of errors) {
            const defect = isDefect(error);
            const code = defect ? 'INTERNAL_SERVER_ERROR' : String(error.extensions.code);
            metrics.errors.inc({ subgraph, code });
            if (defect)
              request.logger.error({ err: error.originalError ?? error, path: error.path }, 'resolver failed');
          }
        },
        async willSendResponse({ response, operation, operationName, errors }) {
          const versions = request.answeredVersions.header();
          if (versions !== undefined) response.http.headers.set(VERSION_FLOOR_HEADER, versions);
          const type = operation?.operation ?? 'none';
          const result = errors ? 'errors' : 'ok';
          const durationMs = performance.now() - startedMs;
          metrics.requests.observe({ subgraph, type, result }, durationMs / 1_000, request.trace);
          request.logger.debug(
            { type, operationName, result, durationMs: Math.round(durationMs * 10) / 10 },
            'answered',
          );
        },
      };
    },
  };
}
