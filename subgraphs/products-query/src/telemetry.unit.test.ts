import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { status } from '@grpc/grpc-js';
import { exposeMetrics, grpcFailure } from '@tributary/service';
import { recordSpans } from '@tributary/service/spans';
import { until } from '@tributary/service/testing';
import { Registry } from 'prom-client';
import { givenSubgraph, notMeant, product, productId } from './given-subgraph.ts';

const SAMPLED = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

const registry = new Registry();
const given = await givenSubgraph({ registry });
after(() => given.stop());

test('a read is one trace from the request to the reader', async (t) => {
  const recording = recordSpans(t);
  given.fake.batchGetProducts = async () => ({ results: [{ result: { $case: 'product', value: product(1) } }] });
  given.fake.searchProducts = async () => ({ hits: [], hasMore: false, totalCountIsExact: false });
  const query = `{ product(id: "${productId(1)}") { name } products { edges { cursor } } }`;
  const { body } = await given.graphql(query, {}, SAMPLED);
  assert.equal(body.data.product.name, 'Kettle 1');
  await until('every span has ended', () => recording.spans.every(({ isEnded }) => isEnded));
  const reader = 'products.v1.ProductReader';
  assert.deepEqual(recording.edges(), [
    `POST /graphql → ${reader}/BatchGetProducts`,
    `POST /graphql → ${reader}/SearchProducts`,
    'caller → POST /graphql',
    `${reader}/BatchGetProducts → ${reader}/BatchGetProducts`,
    `${reader}/SearchProducts → ${reader}/SearchProducts`,
  ]);
});

test("calls of the reader are measured, by codes that are gRPC's own", async () => {
  given.fake.getCommand = () => Promise.reject(grpcFailure(status.UNAVAILABLE, 'UNAVAILABLE', 'not now'));
  const { body } = await given.graphql(`{ command(id: "${productId(1)}") { id } }`);
  assert.equal(body.errors[0].extensions.code, 'UNAVAILABLE');
  given.fake.getCommand = notMeant;
  const { text } = await exposeMetrics(registry);
  assert.match(
    text,
    /^tributary_grpc_client_duration_seconds_count\{service="products.v1.ProductReader",method="GetCommand",code="UNAVAILABLE"\} 1$/m,
  );
});
