import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import { asOperationSpan } from '../operation-span.ts';
import type { Federation } from './federation.ts';
import type { Graph, GraphGeneration } from './graph.ts';
import type { RequestContext } from './request-context.ts';

type ApolloGateway = ApolloServerOptionsWithGateway<never>['gateway'];

/**
 * The graph as Apollo Server takes it. Apollo Server chooses a schema when an operation arrives, and asks for the
 * execution some turns later: by that schema the operation goes to the generation that it was validated against.
 */
export function createApolloGateway(graph: Graph): ApolloGateway {
  const federations = new WeakMap<GraphQLSchema, Federation>();
  return {
    onSchemaLoadOrUpdate(callback) {
      const tell = ({ federation }: GraphGeneration) => {
        federations.set(federation.schema, federation);
        callback({ apiSchema: federation.schema, coreSupergraphSdl: federation.supergraphSdl });
      };
      tell(graph.current());
      return graph.onChange(tell);
    },
    async load() {
      return {
        async executor(request) {
          const federation = federations.get(request.schema);
          if (!federation) throw new Error('an operation came with a schema that is of no supergraph');
          if (!request.operation) return federation.answer(request);
          return asOperationSpan(request.operation, request.context as RequestContext, (context) =>
            federation.answer({ ...request, context }),
          );
        },
      };
    },
    async stop() {},
  };
}
