import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { buildOperationContext, executeQueryPlan, type GraphQLDataSource } from '@apollo/gateway';
import { type PlanNode, QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';
import { supergraphWithInventory } from '../testing/inventory.ts';
import type { ExecutorRequest } from './federation.ts';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const read = (file: string): Manifest => JSON.parse(readFileSync(file, 'utf8'));

/** The manifest of a package as it is installed for whoever asks from `from`. */
function installed(name: string, from: string): { manifest: Manifest; file: string } {
  for (let folder = dirname(createRequire(from).resolve(name)); ; folder = dirname(folder)) {
    const file = join(folder, 'package.json');
    if (existsSync(file) && read(file).name === name) return { manifest: read(file), file };
    assert.notEqual(folder, dirname(folder), `${name} is not installed`);
  }
}

const own = read(new URL('../../package.json', import.meta.url).pathname);

test('the planner and the internals are those of the gateway, to the letter and in one copy', () => {
  const gateway = installed('@apollo/gateway', import.meta.filename);
  assert.equal(own.dependencies?.['@apollo/gateway'], gateway.manifest.version);
  for (const name of ['@apollo/query-planner', '@apollo/federation-internals']) {
    const { manifest, file } = installed(name, import.meta.filename);
    assert.equal(manifest.version, gateway.manifest.version);
    assert.equal(own.dependencies?.[name], gateway.manifest.version);
    assert.equal(gateway.manifest.dependencies?.[name], gateway.manifest.version);
    // Schemas and plans of another copy would be of other classes.
    assert.equal(installed(name, gateway.file).file, file);
  }
});

const supergraph = Supergraph.build(supergraphWithInventory());
const planner = new QueryPlanner(supergraph);
const apiSchema = supergraph.apiSchema();
const planOf = (text: string) => planner.buildQueryPlan(operationFromDocument(apiSchema, parse(text)));

test('the plan of a subscription is a node with a primary fetch and the rest', () => {
  const { node } = planOf('subscription { changed: productUpdated { product { name stock } } }');
  assert.ok(node?.kind === 'Subscription');
  const { primary, rest } = node;
  assert.equal(primary.kind, 'Fetch');
  assert.equal(primary.serviceName, 'events');
  assert.equal(primary.operationKind, 'subscription');
  const [operation] = parse(primary.operation).definitions;
  assert.ok(operation?.kind === 'OperationDefinition');
  assert.deepEqual(
    operation.selectionSet.selections.map((field) => field.kind === 'Field' && [field.alias?.value, field.name.value]),
    [['changed', 'productUpdated']],
  );
  assert.ok(rest?.kind === 'Sequence');
  const [fetched] = rest.nodes;
  assert.ok(fetched?.kind === 'Flatten' && fetched.node.kind === 'Fetch');
  assert.deepEqual(fetched.path, ['changed', 'product']);
  assert.equal(fetched.node.serviceName, 'inventory');

  const without = planOf('subscription { productUpdated { product { name } } }').node;
  assert.ok(without?.kind === 'Subscription');
  assert.equal(without.rest, undefined);
});

test('an event is executed as the sequence of a plan, with data sources and a context of our own', async () => {
  assert.equal(executeQueryPlan.length, 7);
  const operationDocument = parse('subscription { productUpdated { product { id name stock } } }');
  const { node } = planner.buildQueryPlan(operationFromDocument(apiSchema, operationDocument));
  assert.ok(node?.kind === 'Subscription' && node.rest);
  const nodes: PlanNode[] = [node.primary, node.rest];
  const asked: unknown[] = [];
  const answering =
    (data: Record<string, unknown>): GraphQLDataSource['process'] =>
    async ({ request, context }) => {
      asked.push(JSON.parse(JSON.stringify({ variables: request.variables, context })));
      return { data };
    };
  const product = { __typename: 'Product', id: 'p', name: 'Desk' };
  const context = { requestId: 'r' };
  const schema = apiSchema.toGraphQLJSSchema();
  const answer = await executeQueryPlan(
    { kind: 'QueryPlan', node: { kind: 'Sequence', nodes } },
    {
      events: { process: answering({ productUpdated: { product } }) },
      inventory: { process: answering({ _entities: [{ stock: 7 }] }) },
    },
    { metrics: {}, request: { variables: {} }, context } as unknown as ExecutorRequest,
    buildOperationContext({ schema, operationDocument }),
    supergraph.schema.toGraphQLJSSchema(),
    apiSchema,
  );
  assert.deepEqual(JSON.parse(JSON.stringify(answer)), {
    data: { productUpdated: { product: { id: 'p', name: 'Desk', stock: 7 } } },
  });
  assert.deepEqual(asked, [
    { variables: {}, context },
    { variables: { representations: [{ __typename: 'Product', id: 'p' }] }, context },
  ]);
});

test('a value that breaks the schema is told in the extensions of the answer', async () => {
  const operationDocument = parse('{ product(id: "p") { name } }');
  const answer = await executeQueryPlan(
    planner.buildQueryPlan(operationFromDocument(apiSchema, operationDocument)),
    { 'products-query': { process: async () => ({ data: { product: { name: null } } }) } },
    { metrics: {}, request: { variables: {} }, context: {} } as unknown as ExecutorRequest,
    buildOperationContext({ schema: apiSchema.toGraphQLJSSchema(), operationDocument }),
    supergraph.schema.toGraphQLJSSchema(),
    apiSchema,
  );
  assert.equal(answer.errors, undefined);
  const missing = (answer.extensions?.valueCompletion ?? []) as readonly Error[];
  assert.match(missing[0]!.message, /^Cannot return null for non-nullable field Product\.name\./);
});
