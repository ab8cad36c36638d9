import { readFileSync } from 'node:fs';
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import { type Logger, listenError, runInSpan, traceIdOf } from '@tributary/service';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type DocumentNode, GraphQLError, parse } from 'graphql';
import type { Registry } from 'prom-client';
import { shownError } from './errors.ts';
import { createHttp } from './http.ts';
import { subgraphMetrics } from './metrics.ts';
import { observation } from './observation.ts';
import { readRequest, type SubgraphRequest } from './request.ts';

type Resolvers = Extract<Parameters<typeof buildSubgraphSchema>[0], { typeDefs: DocumentNode }>['resolvers'];

export interface SubgraphServerOptions<Context extends { request: SubgraphRequest }> {
  /** The subgraph's name in the supergraph. */
  name: string;
  /** The file of its schema. */
  schema: URL;
  resolvers: object;
  /** Makes what the resolvers share during one request. */
  contextOf(request: SubgraphRequest): Context;
  host: string;
  /** 0 takes any free port. */
  port: number;
  logger: Logger;
  registry: Registry;
}

export interface SubgraphServer {
  readonly port: number;
  /** Where it answers GraphQL. */
  readonly url: string;
  /** Takes no more requests, lets those in hand answer, then closes. */
  stop(): Promise<void>;
}

/**
 * Serves a subgraph at POST /graphql. Errors that a resolver did not make for its caller are logged and hidden. Each request is a span
 * of its caller's trace, in which its execution goes on.
 * @throws StartError when the port cannot be had
 */
export async function createSubgraphServer<Context extends { request: SubgraphRequest }>(
  options: SubgraphServerOptions<Context>,
): Promise<SubgraphServer> {
  const { name, host, port, logger, registry } = options;
  const app = createHttp({ name, registry, logger });
  const apollo = new ApolloServer<Context>({
    schema: buildSubgraphSchema({
      typeDefs: parse(readFileSync(options.schema, 'utf8')),
      resolvers: options.resolvers as Resolvers,
    }),
    introspection: true,
    persistedQueries: false,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    formatError: shownError,
    logger,
    plugins: [
      observation(name, subgraphMetrics(registry)),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await apollo.start();
  const context = async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      return options.contextOf(readRequest(request, reply, logger));
    } catch (error) {
      if (!(error instanceof GraphQLError))
        logger.error(
          { err: error, requestId: request.id, traceId: traceIdOf(request.trace) },
          'request could not be read',
        );
      throw error;
    }
  };
  const answer = fastifyApolloHandler(apollo, { context });
  app.post('/graphql', (request, reply) =>
    request.span ? runInSpan(request.span, () => answer.call(app, request, reply)) : answer.call(app, request, reply),
  );
  try {
    await app.listen({ host, port });
  } catch (error) {
    await apollo.stop();
    throw listenError(error, host, port, 'PORT');
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  logger.info({ subgraph: name, host, port: bound }, 'subgraph listens');
  return {
    port: bound,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}/graphql`,
    async stop() {
      await app.close();
      await apollo.stop();
    },
  };
}
