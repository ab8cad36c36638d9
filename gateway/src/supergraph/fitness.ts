import type { Supergraph } from '@apollo/federation-internals';
import { type GraphQLSchema, getOperationAST, getVariableValues, isObjectType, parse, validate } from 'graphql';
import type { OwnOperation } from './own-operations.ts';

export interface FitnessOptions {
  readonly supergraph: Supergraph;
  /** What its clients see. */
  readonly schema: GraphQLSchema;
  /** What the gateway itself asks. */
  readonly operations: readonly OwnOperation[];
  /** The subgraph that the gateway answers for itself: its name and its schema. */
  readonly events: { readonly name: string; readonly schema: GraphQLSchema };
}

/** What a supergraph would break in the gateway itself, each in a sentence; none when it fits. */
export function misfits({ supergraph, schema, operations, events }: FitnessOptions): string[] {
  return [
    ...operations.flatMap((operation) => refusalsOf(schema, operation)),
    ...unknownSubscriptions(schema, events.schema),
    ...unknownEventFields(supergraph, events),
  ];
}

function refusalsOf(schema: GraphQLSchema, { query, variables }: OwnOperation): string[] {
  const document = parse(query);
  const operation = getOperationAST(document);
  const refused = validate(schema, document);
  // Variables can be told only by types that are there.
  const errors =
    refused.length > 0
      ? refused
      : (getVariableValues(schema, operation?.variableDefinitions ?? [], variables).errors ?? []);
  return errors.map(({ message }) => `${operation?.name?.value}: ${message}`);
}

function unknownSubscriptions(schema: GraphQLSchema, own: GraphQLSchema): string[] {
  const known = own.getSubscriptionType()?.getFields() ?? {};
  return Object.keys(schema.getSubscriptionType()?.getFields() ?? {})
    .filter((field) => !known[field])
    .map((field) => `Nothing here tells of Subscription.${field}`);
}

/** An event would lack these fields: it is answered for by this process, by the schema that it has. */
function unknownEventFields(supergraph: Supergraph, { name, schema }: FitnessOptions['events']): string[] {
  const asked = supergraph.subgraphs().get(name)?.schema.objectTypes() ?? [];
  return asked
    .filter((type) => type.name !== 'Query' && type.name !== 'Subscription' && !type.name.startsWith('_'))
    .flatMap((type) => {
      const own = schema.getType(type.name);
      const known = isObjectType(own) ? own.getFields() : {};
      return type
        .fields()
        .filter((field) => !field.name.startsWith('_') && !known[field.name])
        .map((field) => `An event has no ${field.coordinate}`);
    });
}
