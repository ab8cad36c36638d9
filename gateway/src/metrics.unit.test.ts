import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { exposeMetrics } from '@tributary/service';
import { recordSpans } from '@tributary/service/spans';
import { until } from '@tributary/service/testing';
import { Registry } from 'prom-client';
import { createMetrics } from './metrics.ts';
import { productEvent, publish } from './testing/events.ts';
import { type TestGateway, testGateway } from './testing/gateway.ts';
import { PRODUCT_ID } from './testing/products.ts';
import { subscriber } from './testing/subscriber.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const trace = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` };

interface Family {
  readonly type: string;
  readonly help: string;
  /** The values of each label. */
  readonly labels: Map<string, Set<string>>;
}

async function familiesOf(registry: Registry): Promise<Map<string, Family>> {
  const families = new Map<string, Family>();
  for (const metric of await registry.getMetricsAsJSON()) {
    const labels = new Map<string, Set<string>>();
    for (const value of metric.values)
      for (const [name, label] of Object.entries(value.labels))
        labels.set(name, (labels.get(name) ?? new Set()).add(String(label)));
    families.set(metric.name, { type: String(metric.type), help: metric.help, labels });
  }
  return families;
}

async function everythingOnce(t: TestContext, gateway: TestGateway): Promise<void> {
  const input = { name: 'Desk', description: 'Oak', price: '1' };
  const create = 'mutation Create($input: CreateProductInput!) { createProduct(input: $input) { productId } }';
  await gateway.post({ query: create, variables: { input } });
  await gateway.post({ query: `query Read { product(id: "${PRODUCT_ID}") { name } }` });
  await gateway.post({ query: '{ __typename }' });
  await gateway.post({ query: '{ nothing }' });
  for (const path of [`/api/v1/products/${PRODUCT_ID}`, '/api/v1/nothing', '/', '/nowhere?a=b', '/health'])
    await (await fetch(`${gateway.url}${path}`)).text();
  const updated = await subscriber(t, gateway.url).subscribe('subscription { productUpdated { version } }');
  await publish(gateway.log, productEvent('updated', 4));
  await updated.next();
  updated.stop();
}

test('metrics have names, units and types by the conventions, help, and labels that are bounded', async (t) => {
  const gateway = await testGateway(t);
  await everythingOnce(t, gateway);
  const families = await familiesOf(gateway.registry);
  for (const [name, { type, help }] of families) {
    assert.match(name, /^tributary_(?:gateway|http|log|consumer)_[a-z_]+$/);
    assert.match(help, /^[A-Z].+\.$/, name);
    assert.equal(type === 'counter', name.endsWith('_total'), name);
    if (type === 'histogram') assert.match(name, /_(?:seconds|records|bytes)$/);
  }
  const valuesOf = (name: string, label: string) => [...(families.get(name)?.labels.get(label) ?? [])].sort();
  const operations = 'tributary_gateway_operation_duration_seconds';
  assert.equal(families.get(operations)?.type, 'histogram');
  assert.deepEqual(valuesOf(operations, 'type'), ['mutation', 'none', 'query']);
  assert.deepEqual(valuesOf(operations, 'operation'), ['Create', 'Read', 'RestProduct', 'anonymous']);
  assert.deepEqual(valuesOf(operations, 'outcome'), ['errors', 'ok']);
  const requests = 'tributary_http_request_duration_seconds';
  await until('the last request is counted', async () =>
    (await familiesOf(gateway.registry)).get(requests)?.labels.get('route')?.has('/health'),
  );
  const { labels } = (await familiesOf(gateway.registry)).get(requests)!;
  assert.deepEqual([...labels.get('route')!].sort(), ['/', '/api/v1/products/:id', '/graphql', '/health', 'unmatched']);
  assert.deepEqual([...labels.get('method')!].sort(), ['GET', 'POST']);
  assert.deepEqual([...labels.get('status')!].sort(), ['2xx', '4xx']);
  assert.deepEqual([...labels.get('server')!], ['gateway']);
});

test('clients that make up names of operations and paths make no more labels than there may be', async (t) => {
  const gateway = await testGateway(t);
  const send = async (index: number) => {
    await gateway.post({ query: `query Made${index} { __typename }` });
    await gateway.post({ query: `query Made${index} { __typename }` }, { accept: '*/*, text/plain' });
    await (await fetch(`${gateway.url}/api/v1/products/made-${index}`)).text();
    await (await fetch(`${gateway.url}/made/${index}`)).text();
  };
  await gateway.post({ query: `query ${'Long'.repeat(100)} { __typename }` });
  for (let index = 0; index < 200; index += 10)
    await Promise.all(Array.from({ length: 10 }, (_, offset) => send(index + offset)));
  await (await fetch(`${gateway.url}/api/v1/products/${PRODUCT_ID}`)).text();
  const families = await familiesOf(gateway.registry);
  const names = families.get('tributary_gateway_operation_duration_seconds')!.labels.get('operation')!;
  assert.ok(names.size <= 101, `${names.size} names`);
  assert.ok(names.has('Made0'));
  assert.ok(names.has('other'));
  assert.ok(names.has('RestProduct'), "the gateway's own are not crowded out");
  assert.ok([...names].every((name) => name.length <= 64));
  assert.ok(families.get('tributary_http_request_duration_seconds')!.labels.get('route')!.size <= 4);
});

test('a hundred names are used, and the gateway keeps its own', () => {
  const registry = new Registry();
  const metrics = createMetrics(registry);
  for (let index = 0; index < 200; index += 1) metrics.operation(trace)('query', `Made${index}`, 'ok');
  for (const name of ['RestCreateProduct', 'RestCommand', 'CommandOutcome'])
    metrics.operation(trace)('query', name, 'ok');
  return familiesOf(registry).then((families) => {
    const names = families.get('tributary_gateway_operation_duration_seconds')!.labels.get('operation')!;
    assert.ok(names.size <= 101);
    for (const name of ['Made0', 'other', 'RestCreateProduct', 'RestCommand', 'CommandOutcome'])
      assert.ok(names.has(name));
  });
});

test('durations name traces as examples, where they are recorded', async (t) => {
  const gateway = await testGateway(t);
  const query = { query: `query Read { product(id: "${PRODUCT_ID}") { name } }` };
  const openMetrics = async () => (await exposeMetrics(gateway.registry, 'application/openmetrics-text')).text;
  await gateway.post(query, trace);
  assert.doesNotMatch(await openMetrics(), /trace_id/);
  const recording = recordSpans(t);
  await gateway.post(query, trace);
  await until('every span has ended', () => recording.spans.every(({ isEnded }) => isEnded));
  const text = await openMetrics();
  for (const name of ['gateway_operation_duration', 'gateway_subgraph_request_duration', 'http_request_duration'])
    assert.match(
      text,
      new RegExp(`^tributary_${name}_seconds_bucket\\{.*\\} \\d+ # \\{trace_id="${TRACE_ID}"\\}`, 'm'),
      name,
    );
});
