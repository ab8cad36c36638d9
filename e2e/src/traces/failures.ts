import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@tributary/service/testing';
import { graphql, rest } from '../client.ts';
import type { Deployment } from '../deployment.ts';
import type { Replica } from '../replica.ts';
import type { Traces } from './jaeger.ts';
import { newClientTrace } from './requests.ts';

const PRODUCT = 'query Product($id: ID!) { product(id: $id) { id name } }';
const ID = '01a214f5-617a-738e-b54f-aa1c1712473a';

export function failureScenarios({ gateways: [gateway], services }: Deployment, traces: Traces): void {
  const gatewayProcess = services.find(({ service }) => service === 'gateway') as Replica;
  const queries = services.find(({ service }) => service === 'products-query') as Replica;

  const linesOf = (traceId: string) =>
    gatewayProcess
      .output()
      .split('\n')
      .filter((line) => line.includes(`"traceId":"${traceId}"`));

  test('what a client does wrong is answered with its trace, over GraphQL and REST', async () => {
    const { traceId, headers } = newClientTrace();
    const answer = await graphql(gateway, '{ nothing }', {}, headers);
    assert.deepEqual([answer.headers.get('trace-id'), answer.errors?.[0]?.extensions?.traceId], [traceId, traceId]);
    const other = newClientTrace();
    const missing = await rest(gateway, 'GET', `/api/v1/products/${ID}`, undefined, other.headers);
    assert.deepEqual([missing.status, missing.body.traceId], [404, other.traceId], missing.text);
    const nowhere = await rest(gateway, 'GET', '/api/v1/nowhere', undefined, other.headers);
    assert.deepEqual([nowhere.status, nowhere.body.traceId], [404, other.traceId], nowhere.text);
  });

  test('of an outage the answer, the log lines and the spans name one trace', async (t) => {
    await queries.kill('SIGKILL');
    t.after(async () => {
      await queries.restart();
      await queries.ready();
    });
    const { traceId, headers } = newClientTrace();
    const answer = await graphql(gateway, PRODUCT, { id: ID }, headers);
    assert.equal(answer.errors?.[0]?.extensions?.code, 'SUBGRAPH_UNAVAILABLE', answer.text);
    assert.equal(answer.errors[0].extensions.traceId, traceId);
    await until('it was logged', () => linesOf(traceId).some((line) => line.includes('subgraph request failed')));
    const failed = await until('its request to the subgraph was sent', async () =>
      (await traces.spans(traceId)).find(({ name }) => name === 'POST products-query'),
    );
    assert.equal(failed.tags.error, true);

    const shown = newClientTrace();
    const { status, body } = await rest(gateway, 'GET', `/api/v1/products/${ID}`, undefined, shown.headers);
    assert.deepEqual([status, body.traceId], [503, shown.traceId]);

    // Nobody has this trace recorded, but what failed is kept.
    const unsampled = newClientTrace();
    const traceparent = unsampled.headers.traceparent.replace(/01$/, '00');
    const kept = await graphql(gateway, PRODUCT, { id: ID }, { traceparent });
    assert.equal(kept.errors?.[0]?.extensions?.traceId, unsampled.traceId);
    const [span, ...others] = await until('it was sent', async () => {
      const spans = await traces.spans(unsampled.traceId);
      return spans.length > 0 && spans;
    });
    assert.deepEqual([span?.name, span?.tags['tributary.kept'], others], ['query Product', 'error', []]);
  });
}
