import type { PlanNode } from '@apollo/query-planner';
import {
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  getArgumentValues,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  stripIgnoredCharacters,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { badUserInput } from '../../supergraph/errors.ts';
import type { Federation, PlannedOperation } from '../../supergraph/federation.ts';

/** A subscription as far as everyone who asked the same shares it: without where each of them goes on. */
export interface SharedOperation {
  /** Equal for all who asked the same of the same supergraph, in whatever layout. */
  readonly key: string;
  /** The document without what is each subscriber's own, and which of its operations it is. */
  readonly text: string;
  readonly operationName: string | undefined;
  /** The root field's name. */
  readonly field: string;
  /** The plan of one event: what the event itself gives, then the rest. */
  readonly perEvent: PlannedOperation;
  /** What the plan takes from the event. */
  readonly primary: DocumentNode;
  readonly variables: Readonly<Record<string, unknown>>;
}

export interface PreparedSubscription {
  readonly operation: SharedOperation;
  /** Of the root field, coerced. */
  readonly args: Readonly<Record<string, unknown>>;
}

export interface SubscriptionRequest {
  /** Validated. */
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The argument of a root field that says where a subscriber goes on. */
const RESUME_ARGUMENT = 'after';
const KEPT_DOCUMENTS = 2_000;

interface Template extends Pick<SharedOperation, 'text' | 'field' | 'perEvent' | 'primary'> {
  readonly variableNames: readonly string[];
}

/** What subscriptions of one supergraph share. */
export type PrepareSubscription = (request: SubscriptionRequest) => PreparedSubscription | readonly GraphQLError[];

export function createPrepare(federation: Federation): PrepareSubscription {
  const { schema } = federation;
  const templates = new LRUCache<string, Template>({ max: KEPT_DOCUMENTS });
  const ofDocuments = new WeakMap<DocumentNode, Map<string, Template>>();

  function templateOf(document: DocumentNode, operationName = ''): Template {
    const known = ofDocuments.get(document)?.get(operationName);
    if (known) return known;
    const shared = withoutResuming(schema, document, operationName);
    const text = stripIgnoredCharacters(print(shared));
    const key = `${operationName}\n${text}`;
    const template = templates.get(key) ?? { text, ...plannedTemplate(federation, shared, operationName) };
    templates.set(key, template);
    const ofDocument = ofDocuments.get(document) ?? new Map<string, Template>();
    ofDocuments.set(document, ofDocument.set(operationName, template));
    return template;
  }

  return ({ document, operationName, variables }) => {
    const operation = operationOf(document, operationName);
    const { coerced, errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (errors) return errors.map((error) => badUserInput(error.message));
    const args = argumentsOf(schema, rootFieldOf(schema, document, operation), coerced);
    if (args instanceof GraphQLError) return [args];
    const { variableNames, ...template } = templateOf(document, operationName);
    const shared = Object.fromEntries(
      variableNames.filter((name) => variables[name] !== undefined).map((name) => [name, variables[name]]),
    );
    const key = JSON.stringify([operationName ?? '', template.text, shared]);
    return { operation: { ...template, key, operationName, variables: shared }, args };
  };
}

function operationOf(document: DocumentNode, name: string | undefined): OperationDefinitionNode {
  const operation = getOperationAST(document, name);
  if (!operation) throw new Error('the document has no such operation');
  return operation;
}

/**
 * The document as it is for all, wherever they go on: without `after`, and without a variable that is for nothing else. Nor
 * with what belongs to other operations: it has to be valid by itself, also by the next supergraph.
 */
function withoutResuming(schema: GraphQLSchema, document: DocumentNode, operationName: string): DocumentNode {
  const typeInfo = new TypeInfo(schema);
  const root = schema.getSubscriptionType();
  const stripped: DocumentNode = visit(
    { ...document, definitions: definitionsOf(document, operationName) },
    visitWithTypeInfo(typeInfo, {
      Field(field) {
        if (typeInfo.getParentType() !== root) return undefined;
        return { ...field, arguments: field.arguments?.filter(({ name }) => name.value !== RESUME_ARGUMENT) ?? [] };
      },
    }),
  );
  const used = new Set<string>();
  visit(stripped, { VariableDefinition: () => false, Variable: ({ name }) => void used.add(name.value) });
  return visit(stripped, {
    VariableDefinition: ({ variable }) => (used.has(variable.name.value) ? undefined : null),
  });
}

/** One of the operations, and the fragments that it is made of, in the order of the document. */
function definitionsOf(document: DocumentNode, operationName: string): DocumentNode['definitions'] {
  const fragments = new Map(
    document.definitions.filter((one) => one.kind === Kind.FRAGMENT_DEFINITION).map((one) => [one.name.value, one]),
  );
  const needed = new Set<DefinitionNode>([operationOf(document, operationName || undefined)]);
  for (const definition of needed)
    visit(definition, {
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment) needed.add(fragment);
      },
    });
  return document.definitions.filter((one) => needed.has(one));
}

function rootFieldOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): FieldNode {
  const typeInfo = new TypeInfo(schema);
  const root = schema.getSubscriptionType();
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  let found: FieldNode | undefined;
  visit(
    { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] },
    visitWithTypeInfo(typeInfo, {
      Field(field) {
        if (typeInfo.getParentType() === root) found ??= field;
        return false;
      },
    }),
  );
  if (!found) throw new Error('a subscription has no root field');
  return found;
}

function plannedTemplate(
  federation: Federation,
  document: DocumentNode,
  operationName: string,
): Omit<Template, 'text'> {
  const { plan, context } = federation.plan(document, operationName === '' ? undefined : operationName);
  if (plan.node?.kind !== 'Subscription') throw new Error('the plan of a subscription is none');
  const { primary, rest } = plan.node;
  const primaryDocument = parse(primary.operation, { noLocation: true });
  const node: PlanNode = rest ? { kind: 'Sequence', nodes: [primary, rest] } : primary;
  return {
    field: rootFieldOf(federation.schema, document, operationOf(document, operationName || undefined)).name.value,
    perEvent: { plan: { kind: 'QueryPlan', node }, context },
    primary: primaryDocument,
    variableNames: (context.operation.variableDefinitions ?? []).map(({ variable }) => variable.name.value),
  };
}

function argumentsOf(
  schema: GraphQLSchema,
  field: FieldNode,
  variables: Record<string, unknown>,
): Record<string, unknown> | GraphQLError {
  const definition = schema.getSubscriptionType()?.getFields()[field.name.value];
  if (!definition) throw new Error(`the schema has no subscription ${field.name.value}`);
  try {
    return getArgumentValues(definition, field, variables);
  } catch (error) {
    if (error instanceof GraphQLError) return badUserInput(error.message);
    throw error;
  }
}
