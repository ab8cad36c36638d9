import type { PlanNode } from '@apollo/query-planner';
import { createVersionFloor, type Logger } from '@tributary/service';
import {
  type DocumentNode,
  type ExecutionResult,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
} from 'graphql';
import type { GatewayMetrics } from '../metrics.ts';
import { badUserInput } from '../supergraph/errors.ts';
import type { Federation, PlannedOperation } from '../supergraph/federation.ts';
import type { RequestContext } from '../supergraph/request-context.ts';

import type { EventContext } from './events-subgraph.ts';
import { mapValues } from './queue.ts';
import type { OpenSource, SubscriptionEvent } from './source.ts';

export interface SubscribeOptions {
  readonly federation: Federation;
  /** By root field of Subscription. */
  readonly fields: Readonly<Record<string, OpenSource>>;
  readonly metrics: GatewayMetrics;
  readonly logger: Logger;
}

export interface SubscriptionRequest {
  /** Validated. */
  readonly document: DocumentNode;
  readonly operationName?: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: RequestContext;
}

export type Subscribe = (
  request: SubscriptionRequest,
) => AsyncGenerator<ExecutionResult, void, void> | readonly GraphQLError[];

/**
 * Opens subscriptions over the federated graph: of each event, the fields that it carries come from the event, and the
 * others are fetched from the subgraphs that have them, by the query planner's plan.
 */
export function createSubscribe({ federation, fields, metrics, logger }: SubscribeOptions): Subscribe {
  function resultsOf(
    planned: SubscriptionPlan,
    variables: Readonly<Record<string, unknown>>,
    context: RequestContext,
  ): (event: SubscriptionEvent) => Promise<ExecutionResult> {
    const field = planned.rootField.name.value;
    return async ({ value, versionFloor }) => {
      const versions = createVersionFloor();
      if (versionFloor !== undefined) versions.raise(versionFloor);
      const eventContext: EventContext = {
        ...context,
        versions,
        event: { document: planned.primary, root: { [field]: value } },
      };
      const result = await federation.execute(planned.perEvent, {
        request: { variables },
        context: eventContext,
        logger,
      });
      metrics.eventDelivered(field);
      return result;
    };
  }

  return ({ document, operationName, variables, context }) => {
    const planned = planSubscription(federation, document, operationName);
    const definitions = planned.perEvent.context.operation.variableDefinitions ?? [];
    const { coerced, errors } = getVariableValues(federation.schema, definitions, variables);
    if (errors) return errors.map((error) => badUserInput(error.message));

    const field = planned.rootField.name.value;
    const args = argumentsOf(federation.schema, planned.rootField, coerced);
    if (args instanceof GraphQLError) return [args];
    const source = fields[field]?.(args, context);
    if (!source) throw new Error(`nothing tells of ${field}`);
    if (source instanceof GraphQLError) return [source];

    metrics.subscriptionOpened(field);
    return mapValues(source, resultsOf(planned, variables, context), () => metrics.subscriptionClosed(field));
  };
}

interface SubscriptionPlan {
  /** The plan of one event: what the event itself gives, then the rest. */
  readonly perEvent: PlannedOperation;
  readonly primary: DocumentNode;
  readonly rootField: FieldNode;
}

function planSubscription(
  federation: Federation,
  document: DocumentNode,
  operationName: string | undefined,
): SubscriptionPlan {
  const { plan, context } = federation.plan(document, operationName);
  if (plan.node?.kind !== 'Subscription') throw new Error('the plan of a subscription is none');
  const { primary, rest } = plan.node;
  const primaryDocument = parse(primary.operation, { noLocation: true });
  const rootField = primaryDocument.definitions
    .find((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION)
    ?.selectionSet.selections.find((selection) => selection.kind === Kind.FIELD);
  if (!rootField) throw new Error('the plan of a subscription has no root field');
  const node: PlanNode = rest ? { kind: 'Sequence', nodes: [primary, rest] } : primary;
  return { perEvent: { plan: { kind: 'QueryPlan', node }, context }, primary: primaryDocument, rootField };
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
