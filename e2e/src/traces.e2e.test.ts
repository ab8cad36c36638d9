import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { startEngines } from '@tributary/engines';
import { productCommands } from '@tributary/proto/topics.ts';
import { until } from '@tributary/service/testing';
import { subscribe } from './client.ts';
import { startDeployment } from './deployment.ts';
import { withKafka } from './live/evidence.ts';
import { documentedEdges, documentedTitle } from './traces/documented.ts';
import { edgesOf, type TracedSpan, tracesOf } from './traces/jaeger.ts';
import { clientOf, recordOf } from './traces/requests.ts';

// Engines of its own: on shared ones other deployments would take part in its traces.
const engines = await startEngines(['kafka', 'postgres', 'mongo', 'redis', 'jaeger'], { report() {} });
after(() => engines.stop());
const { addresses } = engines;
const otlp = { TRACES_EXPORTER: 'otlp', TRACES_ENDPOINT: addresses.otlpUrl, TRACES_SAMPLE_RATIO: '1' };
const deployment = await startDeployment(1, { engines: addresses, env: otlp });
after(() => deployment.discard());

const traces = tracesOf(addresses.jaegerQueryUrl);
const [gateway] = deployment.gateways;
const client = clientOf(gateway);

/** The edges of a trace, when all are there that it always has: those, without what it may have. */
async function settledEdges(traceId: string, scenario: string): Promise<string[]> {
  const { always, sometimes } = documentedEdges(scenario);
  let edges: string[] = [];
  const areThere = async () => {
    edges = edgesOf(await traces.spans(traceId), documentedTitle);
    return always.every((edge) => edges.includes(edge));
  };
  // What is missing is told by whoever compares them.
  await until(`the trace of ${scenario} is whole`, areThere, 20_000).catch(() => {});
  return edges.filter((edge) => !sometimes.includes(edge));
}

/** Waits until a process of each service has sent a trace that began after all others, so that nothing of those is still to come. */
async function untilSent(): Promise<void> {
  const { traceId } = await client.create('The last');
  const { always } = documentedEdges('create');
  await until(
    'later spans of every process have come',
    async () => {
      const edges = edgesOf(await traces.spans(traceId), documentedTitle);
      return always.every((edge) => edges.includes(edge));
    },
    20_000,
  ).catch(() => {});
}

const countOf = (spans: readonly TracedSpan[], service: string, name: string) =>
  spans.filter((span) => span.service === service && span.name === name).length;

describe('traces: over every hop, as documented', async () => {
  const created = await client.create('Traced kettle');
  const { productId } = created.payload;
  const refused = await client.update({ id: productId, name: 'No', expectedVersion: 7 });
  const searched = await client.search('kettle');
  const redelivered = await client.create('Redelivered kettle');
  await withKafka(addresses.kafkaBrokers, async (log) => {
    const record = await recordOf(log, productCommands.name, redelivered.traceId);
    const { key, value, headers } = record;
    await log.publish(productCommands.name, [{ key, value, headers }], { deadlineMs: 10_000 });
  });
  const subscriber = await subscribe<{ productCreated: { productId: string } }>(
    gateway,
    'subscription Created { productCreated { productId product { id name } } }',
  );
  const delivered = await client.create('Delivered kettle');
  await subscriber.next(({ productCreated }) => productCreated.productId === delivered.payload.productId);
  await subscriber.close();
  await untilSent();

  for (const [scenario, { traceId, answer }] of Object.entries({
    create: created,
    refused,
    search: searched,
    redelivered,
    delivered,
  })) {
    test(`${scenario}: the trace's edges are the documented ones`, async () => {
      assert.deepEqual(await settledEdges(traceId, scenario), documentedEdges(scenario).always);
    });

    test(`${scenario}: the answer names the trace that the client began`, () => {
      assert.equal(answer.headers.get('trace-id'), traceId);
    });
  }

  test('a command that comes twice is processed twice in its one trace', async () => {
    const spans = await traces.spans(redelivered.traceId);
    assert.equal(countOf(spans, 'writer', 'process products.commands.v1'), 2);
  });
});
