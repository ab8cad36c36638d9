import { readFileSync } from 'node:fs';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';

/** The composed supergraph, as committed. */
export function readSupergraph(): string {
  return readFileSync(new URL('./supergraph.graphql', import.meta.url), 'utf8');
}

/** The schema of the subgraph that the gateway answers for itself. */
export function readEventsSchema(): GraphQLSchema {
  const typeDefs = parse(readFileSync(new URL('./events.graphql', import.meta.url), 'utf8'));
  return buildSubgraphSchema({ typeDefs });
}
