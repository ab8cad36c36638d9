import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readinessOf } from '@tributary/service';
import { givenSubgraph, productId } from './given-subgraph.ts';

test('it is ready when a reader can do its job, and says what is missing otherwise', async () => {
  const { subgraph, reader, stop } = await givenSubgraph();
  const missing = async () => (await readinessOf(subgraph.checks)).checks.reader;
  assert.equal(await missing(), 'answers, but cannot do its job');
  reader.setServing(true);
  assert.equal(await missing(), 'ok');
  await reader.stop();
  assert.equal(await missing(), 'does not answer');
  await stop();
});

test('without any reader a query is UNAVAILABLE at once', async () => {
  const { graphql, reader, stop } = await givenSubgraph();
  await reader.stop();
  const startedMs = performance.now();
  const { body, status } = await graphql(`{ product(id: "${productId(1)}") { id } }`);
  assert.equal(body.errors[0].extensions.code, 'UNAVAILABLE');
  assert.equal(status, 503);
  assert(performance.now() - startedMs < 1_500);
  await stop();
});

test('one reader of two is enough, and a query does not notice that the other is away', async () => {
  const healthy = await givenSubgraph();
  healthy.fake.getCommand = async () => ({});
  const mixed = await givenSubgraph({ readerAddresses: ['127.0.0.1:1', `127.0.0.1:${healthy.reader.port}`] });
  healthy.reader.setServing(true);
  assert.equal((await readinessOf(mixed.subgraph.checks)).ready, true);
  for (let n = 0; n < 10; n += 1) {
    const { body } = await mixed.graphql('{ command(id: "0199c0de-0000-7000-8000-000000000001") { id } }');
    assert.deepEqual(body, { data: { command: null } });
  }
  await mixed.stop();
  await healthy.stop();
});
