import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { productEvents } from '@tributary/proto/topics.ts';
import { recordSpans, type SpanRecording } from '@tributary/service/spans';
import { until } from '@tributary/service/testing';
import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import type { Histogram } from 'prom-client';
import { productEvent } from './testing/events.ts';
import { readAnswer, type TestGateway, testGateway } from './testing/gateway.ts';
import { fakeInventory, supergraphWithInventory } from './testing/inventory.ts';
import { COMMAND_ID, PRODUCT_ID } from './testing/products.ts';
import { openStream } from './testing/stream-reader.ts';
import { subscriber } from './testing/subscriber.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = `00-${TRACE_ID}-b7ad6b7169203331-01`;
const UNSAMPLED = `00-${TRACE_ID}-b7ad6b7169203331-00`;

const CREATE = `mutation Create($input: CreateProductInput!) {
  createProduct(input: $input) { command { state } product { name } }
}`;
const UPDATE = `mutation Update($input: UpdateProductInput!) {
  updateProduct(input: $input) { command { state rejection { code } } product { name } }
}`;
const desk = { name: 'Desk', description: 'Oak', price: '19.99' };
const READ = `query Read { product(id: "${PRODUCT_ID}") { name } }`;
const noProducts = { edges: [], pageInfo: { hasNextPage: false } };

/** A span ends when its answer has gone out, which a client may see first. */
const allEnded = ({ spans }: SpanRecording) =>
  until('every span has ended', () => spans.length > 0 && spans.every(({ isEnded }) => isEnded));

/** Both ways that an operation can go: straight from its plan, and through Apollo Server. */
const WAYS = { straight: {}, 'through Apollo Server': { accept: '*/*, text/plain' } };

for (const [way, headers] of Object.entries(WAYS))
  test(`a create is one trace from the request to both subgraphs, ${way}`, async (t) => {
    const gateway = await testGateway(t);
    const recording = recordSpans(t);
    const { status } = await gateway.post({ query: CREATE, variables: { input: desk } }, headers);
    assert.equal(status, 200);
    await allEnded(recording);
    assert.deepEqual(recording.edges(), [
      '- → POST /graphql',
      'POST /graphql → mutation Create',
      'mutation Create → POST products-command',
      'mutation Create → POST products-query',
    ]);
    assert.deepEqual(
      recording.spans.map(({ kind, failure }) => [kind, failure]),
      [
        ['server', null],
        ['internal', null],
        ['client', null],
        ['client', null],
      ],
    );
    const contextOf = (name: string) => recording.spans.find((span) => span.name === name)?.context.traceparent;
    assert.equal(gateway.commands.requests[0]?.headers.traceparent, contextOf('POST products-command'));
    assert.equal(gateway.queries.requests[0]?.headers.traceparent, contextOf('POST products-query'));
  });

test("a caller's trace is continued by queries and searches, and told in the answer", async (t) => {
  const gateway = await testGateway(t, { queryResolvers: { products: () => noProducts } });
  for (const [query, name] of [
    [READ, 'query Read'],
    ['query Search { products(search: "desk") { edges { cursor } } }', 'query Search'],
    ['{ products { edges { cursor } } }', 'query anonymous'],
  ] as const) {
    const recording = recordSpans(t);
    const { status, headers } = await gateway.post({ query }, { traceparent: SAMPLED });
    assert.equal(status, 200);
    assert.equal(headers.get('trace-id'), TRACE_ID);
    await allEnded(recording);
    assert.deepEqual(recording.edges(), [
      `POST /graphql → ${name}`,
      'caller → POST /graphql',
      `${name} → POST products-query`,
    ]);
    assert.equal(recording.spans[0]?.parent.traceparent, SAMPLED);
    assert.equal(recording.spans[0]?.attributes['http.response.status_code'], 200);
    assert.equal(recording.spans[1]?.attributes['graphql.operation.type'], 'query');
    assert.equal(recording.spans[2]?.attributes['tributary.subgraph'], 'products-query');
  }
});

test('a REST call is a span of its route, over its operations', async (t) => {
  const gateway = await testGateway(t);
  const recording = recordSpans(t);
  await readAnswer(
    await fetch(`${gateway.url}/api/v1/products/${PRODUCT_ID}?a=secret`, { headers: { traceparent: SAMPLED } }),
  );
  await allEnded(recording);
  assert.deepEqual(recording.edges(), [
    'GET /api/v1/products/:id → query RestProduct',
    'caller → GET /api/v1/products/:id',
    'query RestProduct → POST products-query',
  ]);
  assert.deepEqual(recording.spans[0]?.attributes, {
    'http.request.method': 'GET',
    'http.route': '/api/v1/products/:id',
    'url.path': `/api/v1/products/${PRODUCT_ID}`,
    'http.response.status_code': 200,
  });
});

test('an update that the domain refuses is an answer like any other', async (t) => {
  const gateway = await testGateway(t);
  gateway.commands.intercept((_, response) => {
    const rejection = { code: 'VERSION_CONFLICT', message: 'no', field: null, currentVersion: 3 };
    const command = { id: COMMAND_ID, state: 'REJECTED', productId: PRODUCT_ID, version: null, rejection };
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data: { updateProduct: { command, product: null } } }));
    return true;
  });
  const recording = recordSpans(t);
  const { body } = await gateway.post(
    { query: UPDATE, variables: { input: { id: PRODUCT_ID, name: 'a', expectedVersion: 1 } } },
    { traceparent: SAMPLED },
  );
  assert.equal(body.data.updateProduct.command.rejection.code, 'VERSION_CONFLICT');
  await allEnded(recording);
  assert.deepEqual(recording.edges(), [
    'POST /graphql → mutation Update',
    'caller → POST /graphql',
    'mutation Update → POST products-command',
  ]);
  assert.ok(recording.spans.every(({ failure }) => failure === null));
});

for (const [way, headers] of Object.entries(WAYS))
  test(`of a trace that is not recorded nothing is, and it goes on as it came, ${way}`, async (t) => {
    const gateway = await testGateway(t);
    const recording = recordSpans(t, { samples: false, keepsErrors: true });
    const continued = await gateway.post({ query: READ }, { ...headers, traceparent: UNSAMPLED });
    assert.equal(continued.status, 200);
    assert.equal(continued.headers.get('trace-id'), TRACE_ID);
    const begun = await gateway.post({ query: READ }, headers);
    assert.equal(recording.spans.length, 0);
    const [first, second] = gateway.queries.requests;
    assert.equal(first?.headers.traceparent, UNSAMPLED);
    assert.match(
      String(second?.headers.traceparent),
      new RegExp(`^00-${begun.headers.get('trace-id')}-[0-9a-f]{16}-00$`),
    );
  });

test('without a recorder a trace that its caller records goes on as it came', async (t) => {
  const gateway = await testGateway(t);
  const { headers } = await gateway.post({ query: READ }, { traceparent: SAMPLED });
  assert.equal(headers.get('trace-id'), TRACE_ID);
  assert.equal(gateway.queries.requests[0]?.headers.traceparent, SAMPLED);
});

for (const [way, headers] of Object.entries(WAYS))
  test(`an operation that fails by our fault is kept, one that fails by its client's is not, ${way}`, async (t) => {
    const gateway = await testGateway(t, {
      queryResolvers: {
        command: () => {
          throw new GraphQLError('not now', { extensions: { code: 'UNAVAILABLE' } });
        },
        products: () => {
          throw new Error('SELECT * FROM secrets');
        },
      },
    });
    const recording = recordSpans(t, { samples: false, keepsErrors: true });
    await gateway.post({ query: CREATE, variables: { input: { ...desk, price: '-1' } } }, headers);
    await gateway.post({ query: '{ nothing }' }, headers);
    await gateway.post({ query: READ }, headers);
    assert.equal(recording.spans.length, 0);
    const away = await gateway.post({ query: 'query Away { command(id: "x") { id } }' }, headers);
    assert.equal(away.status, 503);
    const broken = await gateway.post({ query: 'query Broken { products { edges { cursor } } }' }, headers);
    assert.equal(broken.status, 500);
    assert.deepEqual(
      recording.spans.map(({ name, isKept, isEnded }) => ({ name, isKept, isEnded })),
      [
        { name: 'query Away', isKept: true, isEnded: true },
        { name: 'query Broken', isKept: true, isEnded: true },
      ],
    );
    assert.match(String(recording.spans[0]?.failure), /not now/);
  });

test('outages fail the spans that they reach', async (t) => {
  const gateway = await testGateway(t);
  await gateway.queries.stop();
  const recording = recordSpans(t);
  assert.equal((await gateway.post({ query: READ }, { traceparent: SAMPLED })).status, 503);
  await allEnded(recording);
  assert.deepEqual(
    recording.spans.map(({ name, failure }) => [name, failure !== null]),
    [
      ['POST /graphql', true],
      ['query Read', true],
      ['POST products-query', true],
    ],
  );
  assert.ok(Number(recording.spans[2]?.attributes['tributary.failed_attempts']) >= 1);
});

test('an operation on a WebSocket belongs to the trace that it names, or begins one of its own', async (t) => {
  const gateway = await testGateway(t);
  const { client } = subscriber(t, gateway.url);
  const recording = recordSpans(t);
  const ask = (extensions?: Record<string, unknown>) =>
    new Promise<void>((resolve, reject) => {
      client.subscribe({ query: READ, extensions }, { next: () => {}, error: reject, complete: resolve });
    });
  await ask({ traceparent: SAMPLED });
  await ask();
  await ask({ traceparent: 7 });
  await allEnded(recording);
  assert.deepEqual(recording.edges(), [
    '- → query Read',
    '- → query Read',
    'caller → query Read',
    ...Array<string>(3).fill('query Read → POST products-query'),
  ]);
  const traces = new Set(recording.spans.map(({ context }) => context.traceparent.slice(3, 35)));
  assert.equal(traces.size, 3);
  assert.ok(traces.has(TRACE_ID));
});

async function publishIn(gateway: TestGateway, traceparent: string, version: number): Promise<void> {
  const value = ProductEvent.encode(productEvent('updated', version)).finish();
  const headers = { 'content-type': 'application/protobuf', traceparent };
  await gateway.log.publish(productEvents.name, [{ key: PRODUCT_ID, value, headers }], { deadlineMs: 3_000 });
}

async function gatewayWithInventory(t: TestContext) {
  const inventory = await fakeInventory(() => 7);
  t.after(() => inventory.stop());
  const gateway = await testGateway(t, {
    supergraph: { sdl: supergraphWithInventory(), urls: { inventory: [inventory.url] } },
  });
  return { gateway, inventory };
}

test("a delivery is a span of its event's trace, one for each group, in which the subgraphs are asked", async (t) => {
  const { gateway, inventory } = await gatewayWithInventory(t);
  const { subscribe } = subscriber(t, gateway.url);
  const subscriptions = await Promise.all([
    subscribe('subscription { productUpdated { product { stock } } }'),
    subscribe('subscription { productUpdated { product { stock } } }'),
    subscribe('subscription { productEvents { version } }'),
  ]);
  const recording = recordSpans(t);
  await publishIn(gateway, SAMPLED, 4);
  for (const subscription of subscriptions) await subscription.next();
  await allEnded(recording);
  const publishing = 'publish products.events.v1';
  assert.deepEqual(
    recording.edges().filter((edge) => !edge.startsWith('caller')),
    [
      'deliver productUpdated → POST inventory',
      `${publishing} → deliver productEvents`,
      `${publishing} → deliver productUpdated`,
    ],
  );
  const delivery = recording.spans.find(({ name }) => name === 'deliver productUpdated');
  assert.equal(delivery?.kind, 'consumer');
  assert.equal(delivery?.attributes['tributary.subscribers'], 2);
  assert.equal(delivery?.attributes['messaging.destination.name'], 'products.events.v1');
  assert.equal(delivery?.attributes['messaging.system'], 'embedded');
  assert.equal(typeof delivery?.attributes['tributary.group'], 'number');
  const asked = recording.spans.find(({ name }) => name === 'POST inventory');
  assert.equal(inventory.requests[0]?.headers.traceparent, asked?.context.traceparent);
});

test('the delivery of an event whose trace is not recorded is not either', async (t) => {
  const { gateway, inventory } = await gatewayWithInventory(t);
  const updated = await subscriber(t, gateway.url).subscribe('subscription { productUpdated { product { stock } } }');
  const recording = recordSpans(t, { samples: false });
  await publishIn(gateway, UNSAMPLED, 4);
  await updated.next();
  assert.equal(recording.spans.length, 0);
  assert.equal(inventory.requests[0]?.headers.traceparent, UNSAMPLED);
});

test('an error of a delivery names the trace of its event', async (t) => {
  const { gateway, inventory } = await gatewayWithInventory(t);
  await inventory.stop();
  const updated = await subscriber(t, gateway.url).subscribe('subscription { productUpdated { product { stock } } }');
  await publishIn(gateway, UNSAMPLED, 4);
  const { errors } = await updated.next();
  assert.deepEqual(errors[0].extensions, { code: 'SUBGRAPH_UNAVAILABLE', traceId: TRACE_ID });
});

test('the request of a stream is over for its span when the stream has begun', async (t) => {
  const gateway = await testGateway(t);
  const recording = recordSpans(t);
  const stream = await openStream(t, {
    url: `${gateway.url}/graphql/stream?query=${encodeURIComponent('subscription { productEvents { version } }')}`,
    init: { headers: { accept: 'text/event-stream', traceparent: SAMPLED } },
    separator: '\n\n',
  });
  assert.equal(stream.response.headers.get('trace-id'), TRACE_ID);
  await allEnded(recording);
  assert.deepEqual(recording.edges(), ['caller → GET /graphql/stream']);
  assert.equal(recording.spans[0]?.attributes['http.response.status_code'], 200);
});

test('a query by server-sent events goes on in the trace of its request', async (t) => {
  const gateway = await testGateway(t);
  const recording = recordSpans(t);
  const stream = await openStream(t, {
    url: `${gateway.url}/graphql/stream?query=${encodeURIComponent(READ)}`,
    init: { headers: { traceparent: SAMPLED } },
    separator: '\n\n',
  });
  await stream.rest();
  await allEnded(recording);
  assert.deepEqual(recording.edges(), [
    'GET /graphql/stream → query Read',
    'caller → GET /graphql/stream',
    'query Read → POST products-query',
  ]);
});

test('whatever is wrong with a request, its answer names its trace in a header and in each error', async (t) => {
  const gateway = await testGateway(t, { limits: { documentCharacters: 1_000 } });
  const json = { 'content-type': 'application/json' };
  const post = (body: string, headers: Record<string, string> = json) => ({ method: 'POST', headers, body });
  const requests: Record<string, [path: string, init: RequestInit, status: number]> = {
    'no JSON': ['/graphql', post('{'), 400],
    'no UTF-8': ['/graphql', { ...post(''), body: new Uint8Array([0xff]) }, 400],
    'no GraphQL': ['/graphql', post('{"query":"{"}'), 400],
    'an unknown field': ['/graphql', post('{"query":"{ nothing }"}'), 400],
    'too long': ['/graphql', post(JSON.stringify({ query: `{ ${'a '.repeat(600)}}` })), 400],
    'no document': ['/graphql', post('{}'), 400],
    'a floor that is none': ['/graphql', post('{"query":"{ __typename }"}', { ...json, 'x-version-floor': 'x' }), 400],
    'a query by GET that any site could send': ['/graphql?query={__typename}', {}, 400],
    'another method': ['/graphql', { method: 'PUT' }, 405],
    'another type': ['/graphql', post('x', { 'content-type': 'text/plain' }), 415],
    'a stream without an operation': ['/graphql/stream', post('{}'), 400],
    'a stream of nothing': ['/graphql/stream', post('{"query":"subscription { nothing }"}'), 400],
    'a stream as something else': ['/graphql/stream', post('{}', { ...json, accept: 'image/png' }), 406],
  };
  for (const [what, [path, init, status]] of Object.entries(requests)) {
    const headers = { ...(init.headers as Record<string, string>), traceparent: UNSAMPLED };
    const answer = await readAnswer(await fetch(`${gateway.url}${path}`, { ...init, headers }));
    assert.equal(answer.status, status, what);
    assert.equal(answer.headers.get('trace-id'), TRACE_ID, what);
    assert.ok(answer.body.errors.length > 0, what);
    for (const { extensions } of answer.body.errors) assert.equal(extensions.traceId, TRACE_ID, what);
  }
});

test('what is refused on a WebSocket names its trace', async (t) => {
  const gateway = await testGateway(t);
  const { client } = subscriber(t, gateway.url);
  const refusal = (query: string, extensions?: Record<string, unknown>) =>
    new Promise<string>((resolve, reject) => {
      const told = (errors: unknown) => resolve((errors as GraphQLError[])[0]!.extensions.traceId as string);
      client.subscribe(
        { query, extensions },
        {
          next: ({ errors }) => told(errors),
          error: (errors) => (Array.isArray(errors) ? told(errors) : reject(errors)),
          complete() {},
        },
      );
    });
  const extensions = { traceparent: UNSAMPLED };
  assert.equal(await refusal('{ nothing }', extensions), TRACE_ID);
  assert.equal(await refusal('subscription { productEvents(after: "x") { id } }', extensions), TRACE_ID);
  assert.equal(await refusal('subscription { productEvents(productIds: ["x"]) { id } }', extensions), TRACE_ID);
  assert.match(await refusal('subscription { productEvents(after: "x") { id } }'), /^[0-9a-f]{32}$/);
});

test('every log line of a request has its trace', async (t) => {
  const lines: Record<string, unknown>[] = [];
  const logger = pino(
    { level: 'debug' },
    new Writable({
      write(chunk, _, done) {
        lines.push(JSON.parse(String(chunk)));
        done();
      },
    }),
  );
  const gateway = await testGateway(t, {
    logger,
    queryResolvers: {
      products: () => {
        throw new Error('SELECT * FROM secrets');
      },
    },
  });
  await gateway.post({ query: '{ products { edges { cursor } } }' }, { traceparent: UNSAMPLED });
  await gateway.queries.stop();
  await gateway.post({ query: READ }, { traceparent: UNSAMPLED });
  const durations = gateway.registry.getSingleMetric('tributary_gateway_operation_duration_seconds');
  t.mock.method(durations as Histogram, 'observe', () => {
    throw new TypeError('a defect of our own');
  });
  for (const accept of ['application/json', 'application/json, text/plain']) {
    const { status, body } = await gateway.post({ query: '{ __typename }' }, { traceparent: UNSAMPLED, accept });
    assert.deepEqual(
      [status, body],
      [
        500,
        {
          errors: [
            { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR', traceId: TRACE_ID } },
          ],
        },
      ],
    );
  }
  const defects = lines.filter(({ err }) => JSON.stringify(err)?.includes('a defect of our own'));
  assert.equal(defects.length, 2);
  for (const { err, requestId } of defects) {
    assert.match((err as Error).stack!, /tracing\.unit\.test/);
    assert.equal(typeof requestId, 'string');
  }
  const ofRequests = lines.filter(({ requestId }) => requestId !== undefined);
  assert.ok(ofRequests.length >= 2);
  for (const { msg, traceId } of ofRequests) assert.equal(traceId, TRACE_ID, String(msg));
});
