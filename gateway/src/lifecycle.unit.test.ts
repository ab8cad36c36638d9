import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { test } from 'node:test';
import { EventLogError } from '@tributary/event-log';
import { readinessOf, silentLogger } from '@tributary/service';
import { Registry } from 'prom-client';
import { createGateway, type GatewayOptions } from './gateway.ts';
import { testGateway } from './testing/gateway.ts';
import { PRODUCT_ID } from './testing/products.ts';
import { subscriber } from './testing/subscriber.ts';

const QUERY = { query: `{ product(id: "${PRODUCT_ID}") { id } }` };

function options(gateway: Awaited<ReturnType<typeof testGateway>>): GatewayOptions {
  return {
    log: gateway.log,
    commandsUrls: [gateway.commands.url],
    queriesUrls: [gateway.queries.url],
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger(),
    registry: new Registry(),
    signal: new AbortController().signal,
  };
}

test('ready means that both subgraphs do their job and the events are followed', async (t) => {
  let isReaderUp = true;
  const gateway = await testGateway(t, {
    queryResolvers: {
      product: () => {
        if (!isReaderUp) throw new Error('no reader');
        return null;
      },
    },
  });
  assert.deepEqual(await readinessOf(gateway.checks), {
    ready: true,
    checks: { 'products-command': 'ok', 'products-query': 'ok', 'events tail': 'ok' },
  });
  isReaderUp = false;
  await gateway.commands.stop();
  const { ready, checks } = await readinessOf(gateway.checks);
  assert.equal(ready, false);
  assert.equal(checks['products-command'], 'does not answer');
  assert.notEqual(checks['products-query'], 'ok');
});

test('a stop answers what is under way, and then takes nothing more', async (t) => {
  const running = await testGateway(t);
  const gateway = await createGateway(options(running));
  const arrived = Promise.withResolvers<() => void>();
  running.queries.intercept((_, response) => {
    arrived.resolve(() => response.end(JSON.stringify({ data: { product: { id: PRODUCT_ID } } })));
    return true;
  });
  const answer = fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(QUERY),
  });
  const release = await arrived.promise;
  const stopped = gateway.stop();
  release();
  assert.deepEqual(await (await answer).json(), { data: { product: { id: PRODUCT_ID } } });
  await stopped;
  await assert.rejects(fetch(gateway.url));
});

test('a connection on which nothing was asked yet does not hold up a stop', async (t) => {
  const running = await testGateway(t);
  const gateway = await createGateway(options(running));
  const socket = connect(gateway.port, '127.0.0.1');
  await once(socket, 'connect');
  const closed = once(socket, 'close');
  await Promise.all([gateway.stop(), closed]);
});

test('a port that is taken is said so, and nothing is left running', async (t) => {
  const running = await testGateway(t);
  const taken = createServer();
  taken.listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const { port } = taken.address() as AddressInfo;
  await assert.rejects(createGateway({ ...options(running), port }), { code: 'PORT_IN_USE' });
});

test('queries are answered while the log is away; subscriptions are refused, and the start can be given up', async (t) => {
  const running = await testGateway(t);
  const giveUp = new AbortController();
  const away = async () => {
    throw new EventLogError('UNAVAILABLE', 'away');
  };
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address() as AddressInfo;
  taken.close();
  await once(taken, 'close');
  const starting = createGateway({
    ...options(running),
    port,
    log: { ...running.log, tail: away },
    signal: giveUp.signal,
  });
  const url = `http://127.0.0.1:${port}`;
  const post = () =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(QUERY),
    });
  let answer: Response | undefined;
  for (const deadline = Date.now() + 5_000; !answer && Date.now() < deadline; )
    answer = await post().catch(() => undefined);
  assert.deepEqual(await answer?.json(), { data: { product: { id: PRODUCT_ID } } });
  const refused = await (await subscriber(t, url).subscribe('subscription { productCreated { id } }')).end();
  assert.equal((refused.errors as { extensions: { code: string } }[])[0]?.extensions.code, 'UNAVAILABLE');
  giveUp.abort();
  await assert.rejects(starting, { name: 'AbortError' });
  await assert.rejects(post());
});

test('operations and requests to subgraphs are timed', async (t) => {
  const gateway = await testGateway(t);
  await gateway.post(QUERY);
  await gateway.post({ query: '{ nothing }' });
  const metrics = await gateway.registry.metrics();
  assert.match(
    metrics,
    /tributary_gateway_operation_duration_seconds_count\{type="query",operation="anonymous",outcome="ok"\} 1/,
  );
  assert.match(
    metrics,
    /tributary_gateway_operation_duration_seconds_count\{type="none",operation="anonymous",outcome="errors"\} 1/,
  );
  assert.match(
    metrics,
    /tributary_gateway_subgraph_request_duration_seconds_count\{subgraph="products-query",outcome="ok"\} 1/,
  );
});
