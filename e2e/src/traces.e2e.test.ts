import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startEngines, uniqueName } from '@tributary/engines';
import { productCommands } from '@tributary/proto/topics.ts';
import { subscribe } from './client.ts';
import { startDeployment } from './deployment.ts';
import { withKafka } from './live/evidence.ts';
import { crashScenarios } from './traces/crash.ts';
import { documentedAs, documentedEdges, documentedSpans } from './traces/documented.ts';
import { failureScenarios } from './traces/failures.ts';
import { type TracedSpan, tracesOf } from './traces/jaeger.ts';
import {
  type Misbehaviour,
  misbehaviours,
  startBadReceiver,
  untilSpansAreLost,
  workThrough,
} from './traces/receivers.ts';
import { type Asked, clientOf, recordOf } from './traces/requests.ts';
import { settledEdges, untilSettled } from './traces/settled.ts';
import { signalScenarios } from './traces/signals.ts';

// Engines of its own: on shared ones other deployments would take part in its traces.
const engines = await startEngines(['kafka', 'postgres', 'mongo', 'redis', 'jaeger'], { report() {} });
after(() => engines.stop());
const { addresses } = engines;
const traces = tracesOf(addresses.jaegerQueryUrl);

const readModel = uniqueName('traces');
const startTraced = (exporter: 'otlp' | 'jaeger', endpoint: string) =>
  startDeployment(1, {
    engines: addresses,
    readModel,
    env: { TRACES_EXPORTER: exporter, TRACES_ENDPOINT: endpoint, TRACES_SAMPLE_RATIO: '1' },
  });
const deployment = await startTraced('otlp', addresses.otlpUrl);
after(() => deployment.discard());

describe('traces: what is asked leaves the edges that are documented', async () => {
  const [gateway] = deployment.gateways;
  const client = clientOf(gateway);

  const created = await client.create('Traced kettle');
  const { productId } = created.payload;
  const refused = await client.update({ id: productId, name: 'No', expectedVersion: 7 });
  const searched = await client.search('kettle');
  const redelivered = await client.create('Redelivered kettle');
  await withKafka(addresses.kafkaBrokers, async (log) => {
    const { key, value, headers } = await recordOf(log, productCommands.name, redelivered.traceId);
    await log.publish(productCommands.name, [{ key: key!, value, headers }], { deadlineMs: 10_000 });
  });
  const subscriber = await subscribe<{ productCreated: { productId: string } }>(
    gateway,
    'subscription Created { productCreated { productId product { id name } } }',
  );
  const delivered = await client.create('Delivered kettle');
  await subscriber.next(({ productCreated }) => productCreated.productId === delivered.payload.productId);
  await subscriber.close();
  // A trace that began after all the others, so that nothing of those is still to come.
  await untilSettled(traces, await client.create('The last kettle'), 'create', { isFirst: false });

  const scenarios: readonly [string, Asked<unknown>, { isFirst: boolean }][] = [
    ['create', created, { isFirst: true }],
    ['refused', refused, { isFirst: true }],
    ['search', searched, { isFirst: true }],
    ['redelivered', redelivered, { isFirst: false }],
    ['delivered', delivered, { isFirst: false }],
  ];
  for (const [scenario, asked, { isFirst }] of scenarios)
    test(scenario, async () => {
      assert.equal(asked.answer.headers.get('trace-id'), asked.traceId);
      assert.deepEqual(
        await settledEdges(traces, asked, scenario, { isFirst }),
        documentedEdges(scenario, { isFirst }).always,
      );
    });

  test('a command that comes twice is processed twice, in its one trace', async () => {
    const spans = await traces.spans(redelivered.traceId);
    const processed = spans.filter(({ name }) => name === 'process products.commands.v1');
    assert.equal(processed.length, 2);
    assert.equal(new Set(processed.map(({ tags }) => tags['messaging.kafka.offset'])).size, 2);
  });
});

describe('metrics: what is told under load', () => signalScenarios(deployment, addresses.kafkaBrokers));
describe('traces: a writer that is killed', () => crashScenarios(deployment, traces));
describe('traces: what fails', () => failureScenarios(deployment, traces));

describe('traces: all of them', () => {
  let spans: readonly TracedSpan[];
  before(async () => {
    const services = [...new Set(documentedSpans.map(({ service }) => service))];
    spans = (await Promise.all(services.map((service) => traces.spansWith(service)))).flat();
  });

  test('the spans that there are are those that are documented', () => {
    const undocumented = spans.filter((span) => !documentedAs(span));
    assert.deepEqual([...new Set(undocumented.map(({ service, name, kind }) => `${service}: ${name}, ${kind}`))], []);
    const seen = new Set(spans.map(documentedAs));
    assert.deepEqual(
      documentedSpans.filter((documented) => documented.isCertain && !seen.has(documented)),
      [],
      'documented, and never seen',
    );
  });

  test('the libraries of every store and of GraphQL make spans by themselves', () => {
    const makers = new Set(spans.map(({ service, tags }) => `${service} ${tags['otel.scope.name']}`));
    for (const [service, library] of [
      ['products-command', 'graphql'],
      ['products-query', 'graphql'],
      ['writer', 'pg'],
      ['projector', 'mongodb'],
      ['projector', 'ioredis'],
    ])
      assert(makers.has(`${service} @opentelemetry/instrumentation-${library}`), `${library} in ${service}`);
    const grpc = spans.filter(({ tags }) => tags['rpc.system'] === 'grpc').map(({ kind }) => kind);
    assert.deepEqual([...new Set(grpc)].sort(), ['client', 'server']);
  });

  test('every process stops cleanly while its traces are recorded', async () => {
    for (const { service, exitCode } of await deployment.stop()) assert.equal(exitCode, 0, service.name);
  });

  test('the Jaeger exporter sends the same', async (t) => {
    const other = await startTraced('jaeger', addresses.jaegerThriftUrl);
    t.after(() => other.discard());
    const created = await clientOf(other.gateways[0]).create('Traced kettle');
    assert.deepEqual(
      await settledEdges(traces, created, 'create', { isFirst: true }),
      documentedEdges('create', { isFirst: true }).always,
    );
  });
});

test('traces: nothing fails for what does not take them, and every process stops in time', async (t) => {
  const receiver = await startBadReceiver(t);
  const other = await startTraced('otlp', receiver.url);
  t.after(() => other.discard());
  for (const misbehaviour of Object.keys(misbehaviours) as Misbehaviour[])
    await t.test(`it ${misbehaviour}`, async () => {
      receiver.behave(misbehaviour);
      await workThrough(other);
      await untilSpansAreLost(other);
      await workThrough(other);
    });
  for (const { service, exitCode } of await other.stop()) assert.equal(exitCode, 0, service.name);
});
