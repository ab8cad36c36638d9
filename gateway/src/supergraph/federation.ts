import { operationFromDocument, type Supergraph } from '@apollo/federation-internals';
import { buildOperationContext, executeQueryPlan, type GraphQLDataSource } from '@apollo/gateway';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import type { ApolloServerOptionsWithGateway } from '@apollo/server';
import {
  type DocumentNode,
  type ExecutionResult,
  GraphQLError,
  type GraphQLSchema,
  getVariableValues,
  OperationTypeNode,
} from 'graphql';
import { withExactDecimals, withWritableNumbers } from './literals.ts';
import type { RequestContext } from './request-context.ts';

type Gateway = ApolloServerOptionsWithGateway<never>['gateway'];
type Executor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>;
export type ExecutorRequest = Parameters<Executor>[0];
type ExecutorAnswer = Awaited<ReturnType<Executor>>;

/** An operation with its plan: which fields come from which subgraph, in which order. */
export interface PlannedOperation {
  readonly plan: QueryPlan;
  readonly context: ReturnType<typeof buildOperationContext>;
}

export interface FederationOptions {
  readonly supergraph: Supergraph;
  /** The text that the supergraph was built from. */
  readonly supergraphSdl: string;
  /** By the subgraph's name; every subgraph of the supergraph has one. */
  readonly dataSources: Readonly<Record<string, GraphQLDataSource>>;
}

/** The graph that the subgraphs form. */
export interface Federation {
  /** What clients see. */
  readonly schema: GraphQLSchema;
  /** Plans an operation of a validated document; a document that is kept keeps its plans. */
  plan(document: DocumentNode, operationName: string | undefined): PlannedOperation;
  /** Executes a plan, which may be another one than the operation's own. */
  execute(
    operation: PlannedOperation,
    request: Pick<ExecutorRequest, 'request' | 'context' | 'logger'>,
    dataSources?: Readonly<Record<string, GraphQLDataSource>>,
  ): Promise<ExecutionResult<Record<string, unknown>>>;
  /** Plans and executes an operation that Apollo Server has validated. */
  answer(request: ExecutorRequest): Promise<ExecutorAnswer>;
  readonly supergraphSdl: string;
}

/**
 * Plans and executes with Apollo's planner and executor, without its `ApolloGateway` class: that one reports to Apollo
 * and asks the cloud's metadata service, and keeps to itself the planner that subscriptions need.
 */
export function createFederation({ supergraph, supergraphSdl, dataSources }: FederationOptions): Federation {
  const apiSchema = supergraph.apiSchema();
  const schema = apiSchema.toGraphQLJSSchema();
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema();
  const planner = new QueryPlanner(supergraph);
  const plans = new WeakMap<DocumentNode, Map<string, PlannedOperation>>();

  function plan(document: DocumentNode, operationName = ''): PlannedOperation {
    const ofDocument = plans.get(document) ?? new Map<string, PlannedOperation>();
    plans.set(document, ofDocument);
    let planned = ofDocument.get(operationName);
    if (!planned) {
      const exact = withExactDecimals(schema, document);
      const name = operationName === '' ? {} : { operationName };
      planned = {
        plan: planner.buildQueryPlan(operationFromDocument(apiSchema, exact, name)),
        context: buildOperationContext({ schema, operationDocument: exact, ...name }),
      };
      ofDocument.set(operationName, planned);
    }
    return planned;
  }

  const execute: Federation['execute'] = async (operation, request, sources = dataSources) => {
    const variables = withWritableNumbers(request.request.variables ?? {});
    const { data, errors, extensions } = await executeQueryPlan(
      operation.plan,
      sources,
      // The executor reads nothing else of Apollo Server's context.
      { metrics: {}, ...request, request: { ...request.request, variables } } as ExecutorRequest,
      operation.context,
      supergraphSchema,
      apiSchema,
    );
    if (breaksSchema(extensions?.valueCompletion, (request.context as RequestContext).gone))
      return { data: data ?? null, errors: [new GraphQLError('a subgraph answered against its schema')] };
    return errors ? { data: data ?? null, errors } : { data: data ?? null };
  };

  return {
    schema,
    supergraphSdl,
    plan,
    execute,
    async answer(request) {
      if (!request.operation) return { errors: [new GraphQLError(whichOperation(request.request.operationName))] };
      if (request.operation.operation === OperationTypeNode.SUBSCRIPTION) return { errors: [asStream()] };
      const planned = plan(request.document, request.request.operationName);
      const definitions = planned.context.operation.variableDefinitions ?? [];
      const { errors } = getVariableValues(schema, definitions, request.request.variables ?? {});
      return errors ? { errors } : execute(planned, request);
    },
  };
}

/**
 * Whether values are missing that the schema promises. An entity that one subgraph named and another finds no more, since it was
 * deleted in between, lacks its fields for a good reason: it is null as a whole, and no one's fault.
 */
function breaksSchema(missing: unknown, gone: ReadonlySet<string>): boolean {
  const errors = (missing ?? []) as readonly Error[];
  return errors.some(({ message }) => {
    const type = /^Cannot return null for non-nullable field (\w+)\./.exec(message)?.[1];
    return type === undefined || !gone.has(type);
  });
}

function whichOperation(name: string | undefined): string {
  return name
    ? `Unknown operation named "${name}".`
    : 'Must provide operation name if query contains multiple operations.';
}

function asStream(): GraphQLError {
  const message =
    'Subscriptions are served over WebSocket (graphql-transport-ws), as server-sent events at /graphql/stream, and as multipart/mixed;subscriptionSpec=1.0';
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST' } });
}
