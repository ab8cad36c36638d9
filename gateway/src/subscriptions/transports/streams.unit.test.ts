import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { until } from '@tributary/service/testing';
import { GraphQLError } from 'graphql';
import { v7 } from 'uuid';
import { productEvent, publish } from '../../testing/events.ts';
import { type TestGateway, testGateway } from '../../testing/gateway.ts';
import { PRODUCT_ID } from '../../testing/products.ts';
import { openStream, type StreamReader } from '../../testing/stream-reader.ts';

const EVENTS = 'subscription ($after: String) { productEvents(after: $after) { version cursor } }';

interface Opening {
  readonly query?: string;
  readonly variables?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

/** The transports over HTTP, each with how its parts are read. */
const transports = {
  'server-sent events': {
    open: (t: TestContext, { url }: TestGateway, { query = EVENTS, variables = {}, headers = {} }: Opening = {}) =>
      openStream(t, {
        url: `${url}/graphql/stream`,
        init: {
          method: 'POST',
          headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
          body: JSON.stringify({ query, variables }),
        },
        separator: '\n\n',
      }),
    read(part: string) {
      const fields = new Map(part.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
      const data = fields.get('data');
      return { event: fields.get('event'), id: fields.get('id'), ...(data ? JSON.parse(data) : {}) };
    },
    isBeginning: (part: string) => /^id: \S+$/.test(part),
    isEnd: (part: string) => part === 'event: complete\ndata:',
  },
  multipart: {
    open: (t: TestContext, { url }: TestGateway, { query = EVENTS, variables = {}, headers = {} }: Opening = {}) =>
      openStream(t, {
        url: `${url}/graphql`,
        init: {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            accept: 'multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/json',
            ...headers,
          },
          body: JSON.stringify({ query, variables }),
        },
        separator: '\r\n--graphql',
      }),
    read(part: string) {
      const { payload, errors } = JSON.parse(part.slice(part.indexOf('\r\n\r\n')));
      return { ...payload, ...(errors && { errors }), id: payload?.extensions?.cursor };
    },
    isBeginning: (part: string) => part.endsWith('\r\n\r\n{}'),
    isEnd: (part: string) => part === '--',
  },
} as const;

for (const [name, transport] of Object.entries(transports)) {
  /** Past the beginning: the next result. */
  async function next(stream: StreamReader) {
    for (;;) {
      const part = await stream.next();
      assert(part !== null, 'the stream has ended');
      if (!transport.isBeginning(part)) return transport.read(part);
    }
  }

  test(`${name}: events come with their cursors, and a cursor continues behind its event`, async (t) => {
    const gateway = await testGateway(t);
    const stream = await transport.open(t, gateway);
    assert.equal(stream.response.status, 200);
    assert.match(stream.response.headers.get('cache-control') ?? '', /no-cache/);
    const start = stream.response.headers.get('x-cursor');
    assert(start);
    await publish(gateway.log, productEvent('created', 1), productEvent('updated', 2));
    const first = await next(stream);
    assert.equal(first.data.productEvents.version, 1);
    assert.equal(first.data.productEvents.cursor, first.extensions.cursor);
    assert.equal(first.id, first.extensions.cursor);
    assert.equal((await next(stream)).data.productEvents.version, 2);

    const behind = await transport.open(t, gateway, { variables: { after: first.extensions.cursor } });
    assert.equal((await next(behind)).data.productEvents.version, 2);
    assert.equal(behind.response.headers.get('x-cursor'), first.extensions.cursor);
    const fromStart = await transport.open(t, gateway, { variables: { after: start } });
    assert.equal((await next(fromStart)).data.productEvents.version, 1);
  });

  test(`${name}: an outcome ends the stream`, async (t) => {
    const gateway = await testGateway(t, {
      queryResolvers: {
        command: (_: unknown, { id }: { id: string }) => ({
          id,
          state: 'COMMITTED',
          version: 4,
          productId: PRODUCT_ID,
        }),
      },
    });
    const stream = await transport.open(t, gateway, {
      query: 'subscription ($id: ID!) { commandOutcome(id: $id) { state version } }',
      variables: { id: v7() },
    });
    assert.deepEqual((await next(stream)).data, { commandOutcome: { state: 'COMMITTED', version: 4 } });
    const [last] = (await stream.rest()).slice(-1);
    assert(last !== undefined && transport.isEnd(last), last);
  });

  test(`${name}: a forged cursor is refused by its code, and the stream ends`, async (t) => {
    const gateway = await testGateway(t);
    const stream = await transport.open(t, gateway, { variables: { after: 'forged' } });
    assert.equal((await next(stream)).errors[0].extensions.code, 'CURSOR_INVALID');
    await stream.rest();
  });

  test(`${name}: a document that is wrong is refused before the stream begins`, async (t) => {
    const gateway = await testGateway(t);
    for (const [query, code] of [
      ['subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription {', 'GRAPHQL_PARSE_FAILED'],
    ] as const) {
      const stream = await transport.open(t, gateway, { query });
      assert.match(stream.response.headers.get('content-type') ?? '', /json/);
      assert.match((await stream.rest()).join(), new RegExp(code));
    }
  });

  test(`${name}: a stream counts while it is open, and no more once its client has gone`, async (t) => {
    const gateway = await testGateway(t, { subscriptions: { sockets: 1 } });
    const count = async (metric: string) =>
      (await gateway.registry.getSingleMetric(metric)?.get())?.values.reduce((sum, { value }) => sum + value, 0);
    const stream = await transport.open(t, gateway);
    assert.equal(await count('tributary_gateway_subscription_connections_open'), 1);
    const second = await transport.open(t, gateway);
    assert.equal(second.response.status, 503);
    assert.equal(second.response.headers.get('retry-after'), '5');
    stream.close();
    await until('it is counted out', async () => (await count('tributary_gateway_subscriptions_open')) === 0);
    assert.equal(await count('tributary_gateway_subscription_connections_open'), 0);
  });

  test(`${name}: a gateway serves so many subscriptions, and says when to come again`, async (t) => {
    const gateway = await testGateway(t, { subscriptions: { total: 1 } });
    await transport.open(t, gateway);
    const { response } = await transport.open(t, gateway);
    assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '5']);
  });

  test(`${name}: one address may hold so many, and is told when it holds too many`, async (t) => {
    const gateway = await testGateway(t, { subscriptions: { socketsPerAddress: 1 } });
    await transport.open(t, gateway);
    assert.equal((await transport.open(t, gateway)).response.status, 429);
  });

  test(`${name}: who may not be here is told, and who may no longer is sent away`, async (t) => {
    const gateway = await testGateway(t, {
      identify({ headers }) {
        if (!headers.authorization)
          throw new GraphQLError('Say who you are', { extensions: { code: 'UNAUTHENTICATED' } });
        return { visibility: 'all', expiresAtMs: Date.now() + 50 };
      },
    });
    assert.equal((await transport.open(t, gateway)).response.status, 401);
    const stream = await transport.open(t, gateway, { headers: { authorization: 'x' } });
    assert.equal((await next(stream)).errors[0].extensions.code, 'UNAUTHENTICATED');
  });

  test(`${name}: signs of life come while nothing happens`, async (t) => {
    const gateway = await testGateway(t, { subscriptions: { pingMs: 20 } });
    const stream = await transport.open(t, gateway);
    await stream.next();
    if (name === 'multipart') assert.match((await stream.next()) ?? '', /\{\}$/);
    await publish(gateway.log, productEvent('created', 1));
    assert.equal((await next(stream)).data.productEvents.version, 1);
  });

  test(`${name}: a stop cuts the stream without completing it, so that its client comes again`, async (t) => {
    const gateway = await testGateway(t, { subscriptions: { drainMs: 10 } });
    const stream = await transport.open(t, gateway);
    await stream.next();
    const [rest] = await Promise.all([stream.rest(), gateway.stop()]);
    assert(!rest.some(transport.isEnd), String(rest));
  });

  test(`${name}: a lifetime that is over cuts the stream`, async (t) => {
    const gateway = await testGateway(t, { subscriptions: { lifetimeMs: 30 } });
    const stream = await transport.open(t, gateway);
    assert(!(await stream.rest()).some(transport.isEnd));
  });
}

const sse = transports['server-sent events'];

test('the last event id goes before the after of the operation, as a browser that comes again sends both', async (t) => {
  const gateway = await testGateway(t);
  const stream = await sse.open(t, gateway);
  await publish(gateway.log, productEvent('created', 1), productEvent('updated', 2));
  const start = sse.read((await stream.next()) ?? '').id;
  const first = sse.read((await stream.next()) ?? '');
  const query = new URLSearchParams({ query: EVENTS, variables: JSON.stringify({ after: start }) });
  const again = await openStream(t, {
    url: `${gateway.url}/graphql/stream?${query}`,
    init: { headers: { accept: 'text/event-stream', 'last-event-id': String(first.id) } },
    separator: '\n\n',
  });
  assert.equal(await again.next(), `id: ${first.id}`);
  assert.equal(sse.read((await again.next()) ?? '').data.productEvents.version, 2);
});

test('queries and mutations are answered as streams of one result, mutations by POST only', async (t) => {
  const gateway = await testGateway(t);
  const query = `{ product(id: "${PRODUCT_ID}") { name } }`;
  const stream = await sse.open(t, gateway, { query });
  const parts = await stream.rest();
  assert.deepEqual(
    parts.map((part) => sse.read(part)),
    [
      { event: 'next', id: undefined, data: { product: { name: 'Desk' } } },
      { event: 'complete', id: undefined },
    ],
  );
  const mutation = new URLSearchParams({ query: 'mutation { deleteProduct(input: { id: "x" }) { productId } }' });
  const refused = await fetch(`${gateway.url}/graphql/stream?${mutation}`, {
    headers: { accept: 'text/event-stream' },
  });
  assert.equal(refused.status, 405);
});

test('a stream is opened to the own origin and those that are allowed, and to clients that are no browsers', async (t) => {
  const gateway = await testGateway(t, { allowedOrigins: ['https://shop.example'] });
  const status = async (origin: string) => (await sse.open(t, gateway, { headers: { origin } })).response.status;
  assert.equal(await status('https://shop.example'), 200);
  assert.equal(await status(gateway.url), 200);
  assert.equal(await status('https://evil.example'), 403);
});

test('what is no operation, and who takes no events, is told in JSON', async (t) => {
  const gateway = await testGateway(t);
  const url = `${gateway.url}/graphql/stream`;
  assert.equal((await fetch(url, { headers: { accept: 'application/json' } })).status, 406);
  assert.equal((await fetch(url)).status, 400);
  assert.equal((await fetch(`${url}?query=subscription{productCreated{id}}&variables=x`)).status, 400);
});

test('a subscription without a way to stream it is told which ways there are', async (t) => {
  const gateway = await testGateway(t);
  const { body } = await gateway.post({ query: EVENTS });
  assert.match(body.errors[0].message, /WebSocket.*\/graphql\/stream.*multipart/);
});
