import { readFileSync } from 'node:fs';
import type { GraphQLDataSource } from '@apollo/gateway';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type DocumentNode, execute, parse } from 'graphql';
import type { RequestContext } from '../supergraph/request-context.ts';

/** The context of one event of a subscription on its way through the graph. */
export interface EventContext extends RequestContext {
  readonly event: {
    /** The fields that the plan takes from the `events` subgraph. */
    readonly document: DocumentNode;
    /** The event, under the name of its root field. */
    readonly root: Readonly<Record<string, unknown>>;
  };
}

export const EVENTS_SUBGRAPH = 'events';

/** The subgraph whose only data is the event at hand. It has a schema, and no process. */
export function createEventsSubgraph(): GraphQLDataSource {
  const typeDefs = parse(readFileSync(new URL('../supergraph/events.graphql', import.meta.url), 'utf8'));
  const schema = buildSubgraphSchema({ typeDefs });
  return {
    async process({ request, context }) {
      const { event } = context as EventContext;
      const { data, errors } = await execute({
        schema,
        document: event.document,
        rootValue: event.root,
        variableValues: request.variables,
      });
      return { data: data ?? null, ...(errors && { errors: errors.map((error) => error.toJSON()) }) };
    },
  };
}
