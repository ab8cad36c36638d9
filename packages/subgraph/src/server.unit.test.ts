import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { StartError } from '@tributary/service';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { badUserInput, outage } from './errors.ts';
import type { SubgraphRequest } from './request.ts';
import { createSubgraphServer } from './server.ts';

interface Context {
  request: SubgraphRequest;
}

const folder = await mkdtemp(join(tmpdir(), 'subgraph-'));
const schema = pathToFileURL(join(folder, 'schema.graphql'));
await writeFile(
  schema,
  `type Query { echo(text: String): String broken: String refused: String away: String versions: String slow: String }`,
);

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

let slow: (request: SubgraphRequest) => Promise<string> = async () => 'done';
const registry = new Registry();
const options = {
  name: 'test',
  schema,
  resolvers: {
    Query: {
      echo: (_: unknown, { text }: { text: string }) => text,
      broken: () => {
        throw new Error('connect ECONNREFUSED 10.0.0.7:5432');
      },
      refused: () => {
        throw badUserInput([
          { path: ['a'], code: 'A', message: 'a is wrong' },
          { path: ['b', 'c'], code: 'B', message: 'c is wrong' },
        ]);
      },
      away: () => {
        throw outage('UNAVAILABLE', 'not now', { commandId: 'c1' });
      },
      versions: (_: unknown, __: unknown, { request }: Context) => {
        request.answeredVersions.raiseOne('p', 3n);
        return request.seenVersions.header() ?? 'none';
      },
      slow: (_: unknown, __: unknown, { request }: Context) => slow(request),
    },
  },
  contextOf: (request: SubgraphRequest) => ({ request }),
  host: '127.0.0.1',
  port: 0,
  logger,
  registry,
};
const server = await createSubgraphServer<Context>(options);
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function post(body: string, headers: Record<string, string> = {}) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of any shape
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
}
const query = (text: string, headers?: Record<string, string>) => post(JSON.stringify({ query: text }), headers);

test('a defect shows nothing but that it happened, and is logged with the request id and the trace id', async () => {
  lines.length = 0;
  const { body, headers } = await query('{ broken }', {
    'x-request-id': 'r-1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  });
  assert.deepEqual(body, {
    data: { broken: null },
    errors: [{ message: 'internal error', path: ['broken'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  });
  assert.equal(headers.get('x-request-id'), 'r-1');
  const line = lines.find(({ msg }) => msg === 'resolver failed');
  assert.equal(line?.requestId, 'r-1');
  assert.equal(line?.traceId, '0af7651916cd43dd8448eb211c80319c');
  assert.match(JSON.stringify(line?.err), /ECONNREFUSED/);
});

test('a refusal is one error that tells every problem, with HTTP 400', async () => {
  const { status, body } = await query('{ refused }');
  assert.equal(status, 400);
  assert.equal(body.errors.length, 1);
  assert.equal(body.errors[0].message, 'a is wrong; c is wrong');
  assert.deepEqual(body.errors[0].extensions, {
    code: 'BAD_USER_INPUT',
    problems: [
      { path: ['a'], code: 'A', message: 'a is wrong' },
      { path: ['b', 'c'], code: 'B', message: 'c is wrong' },
    ],
  });
});

test('an outage is HTTP 503 and says when to come again', async () => {
  const { status, headers, body } = await query('{ away }');
  assert.equal(status, 503);
  assert.equal(headers.get('retry-after'), '1');
  assert.deepEqual(body.errors[0].extensions, { code: 'UNAVAILABLE', commandId: 'c1' });
});

test('a defect outside of resolvers shows nothing of it, and is logged with the request id and the trace id', async () => {
  const contextOf = (request: SubgraphRequest): Context => ({
    request: {
      ...request,
      get answeredVersions(): never {
        throw new TypeError('cannot read properties of undefined');
      },
    },
  });
  const broken = await createSubgraphServer<Context>({ ...options, contextOf, registry: new Registry() });
  lines.length = 0;
  const response = await fetch(broken.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-request-id': 'r-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
    body: '{"query": "{ __typename }"}',
  });
  await broken.stop();
  assert.equal(response.status, 500);
  assert.deepEqual(await response.json(), {
    errors: [{ message: 'internal error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  });
  const line = lines.find(({ msg }) => msg === 'operation failed');
  assert.deepEqual([line?.requestId, line?.traceId], ['r-1', '0af7651916cd43dd8448eb211c80319c']);
  assert.match(JSON.stringify(line?.err), /cannot read properties.*server\.unit\.test/);
});

test('a request that cannot be read because of a defect is logged and shows nothing of it', async () => {
  const contextOf = (): Context => {
    throw new TypeError('cannot read properties of undefined');
  };
  const broken = await createSubgraphServer<Context>({ ...options, contextOf, registry: new Registry() });
  lines.length = 0;
  const response = await fetch(broken.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query": "{ __typename }"}',
  });
  assert.equal(response.status, 500);
  assert.deepEqual(await response.json(), {
    errors: [{ message: 'internal error', extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
  });
  const line = lines.find(({ msg }) => msg === 'request could not be read');
  assert.equal(line?.traceId, response.headers.get('trace-id'));
  assert.equal(line?.requestId, response.headers.get('x-request-id'));
  await broken.stop();
});

test('version floors travel in and out', async () => {
  const { body, headers } = await query('{ versions }', { 'x-version-floor': 'a@1,b@2' });
  assert.equal(body.data.versions, 'a@1,b@2');
  assert.equal(headers.get('x-version-floor'), 'p@3');
  assert.equal((await query('{ echo(text: "x") }')).headers.get('x-version-floor'), null);
});

test('a request id that could forge a log line is replaced', async () => {
  const { headers } = await query('{ __typename }', { 'x-request-id': 'a b' });
  assert.match(headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
});

test('what is no GraphQL request is refused without a word of the inside', async () => {
  const cases = {
    malformed: { expected: 400, send: () => post('{"query": ') },
    empty: { expected: 400, send: () => post('') },
    'no query': { expected: 400, send: () => post('{"query": 7}') },
    list: { expected: 400, send: () => post('[{"query": "{ __typename }"}]') },
    text: { expected: 415, send: () => post('{ __typename }', { 'content-type': 'text/plain' }) },
    form: {
      expected: 415,
      send: () => post('query={__typename}', { 'content-type': 'application/x-www-form-urlencoded' }),
    },
    large: { expected: 413, send: () => query(`{ echo(text: "${'x'.repeat(2 * 1024 * 1024)}") }`) },
    prototype: { expected: 400, send: () => post('{"query": "{ __typename }", "__proto__": { "a": 1 }}') },
  };
  for (const [name, { expected, send }] of Object.entries(cases)) {
    const { status, body, headers } = await send();
    assert.equal(status, expected, name);
    assert.equal(body.errors.length, 1, name);
    assert.equal(body.errors[0].extensions.code, 'BAD_REQUEST', name);
    assert.doesNotMatch(JSON.stringify(body), /stack|node_modules|\.js/, name);
    assert(headers.get('x-request-id'), name);
  }
});

test('only POST is answered', async () => {
  for (const method of ['GET', 'PUT', 'OPTIONS']) {
    const response = await fetch(`${server.url}?query={__typename}`, { method });
    assert.equal(response.status, 404, method);
  }
});

test('the schema may be asked for', async () => {
  const { body } = await query('{ __schema { queryType { name } } _service { sdl } }');
  assert.equal(body.data.__schema.queryType.name, 'Query');
  assert.match(body.data._service.sdl, /echo/);
});

test('requests and errors are measured', async () => {
  await query('{ away }');
  const text = await registry.metrics();
  assert.match(text, /tributary_subgraph_errors_total\{subgraph="test",code="UNAVAILABLE"\} [1-9]/);
  assert.match(
    text,
    /tributary_subgraph_request_duration_seconds_count\{subgraph="test",type="query",result="errors"\}/,
  );
});

test('the resolvers learn that the caller went away', { timeout: 5_000 }, async () => {
  const [arrived, told] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  slow = async ({ signal }) => {
    arrived.resolve();
    await once(signal, 'abort');
    told.resolve();
    return 'gone';
  };
  const caller = new AbortController();
  const asked = fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ slow }' }),
    signal: caller.signal,
  });
  await arrived.promise;
  caller.abort();
  await assert.rejects(asked);
  await told.promise;
});

test('a port in use is told in one line', async () => {
  await assert.rejects(createSubgraphServer<Context>({ ...options, port: server.port }), (error: unknown) => {
    assert(error instanceof StartError);
    assert.match(error.message, /in use.*PORT/);
    return true;
  });
});

test('a stop waits for the request in hand and not for idle connections', { timeout: 5_000 }, async () => {
  const stopping = await createSubgraphServer<Context>({ ...options, registry: new Registry() });
  const [arrived, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  slow = async () => {
    arrived.resolve();
    await release.promise;
    return 'answered';
  };
  const agent = new Agent({ keepAlive: true });
  const send = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const sent = httpRequest(
        stopping.url,
        { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
        (response) => {
          let body = '';
          response.on('data', (chunk) => {
            body += chunk;
          });
          response.on('end', () => resolve(body));
        },
      );
      sent.on('error', reject);
      sent.end(JSON.stringify({ query: text }));
    });
  await Promise.all([send('{ __typename }'), send('{ __typename }')]);
  const inHand = send('{ slow }');
  await arrived.promise;
  let isStopped = false;
  const stopped = stopping.stop().then(() => {
    isStopped = true;
  });
  await new Promise(setImmediate);
  assert.equal(isStopped, false);
  release.resolve();
  assert.equal(await inHand, '{"data":{"slow":"answered"}}\n');
  await stopped;
  agent.destroy();
});
