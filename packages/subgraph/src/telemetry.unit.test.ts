import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { exposeMetrics, silentLogger } from '@tributary/service';
import { recordSpans, type SpanRecording } from '@tributary/service/spans';
import { until } from '@tributary/service/testing';
import { Registry } from 'prom-client';
import { outage } from './errors.ts';
import type { SubgraphRequest } from './request.ts';
import { createSubgraphServer } from './server.ts';

interface Context {
  request: SubgraphRequest;
}

const SAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
const UNSAMPLED = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';

const folder = await mkdtemp(join(tmpdir(), 'subgraph-'));
const schema = pathToFileURL(join(folder, 'schema.graphql'));
await writeFile(schema, 'type Query { trace: String active: String away: String never: String }');

let recording: SpanRecording | undefined;
const registry = new Registry();
const server = await createSubgraphServer<Context>({
  name: 'test',
  schema,
  resolvers: {
    Query: {
      trace: (_: unknown, __: unknown, { request }: Context) => request.trace.traceparent,
      async active() {
        await new Promise(setImmediate);
        return recording?.active()?.name ?? 'none';
      },
      away() {
        throw outage('UNAVAILABLE', 'not now');
      },
      never: (_: unknown, __: unknown, { request }: Context) =>
        new Promise((_resolve, reject) => request.signal.addEventListener('abort', () => reject(new Error('left')))),
    },
  },
  contextOf: (request) => ({ request }),
  host: '127.0.0.1',
  port: 0,
  logger: silentLogger(),
  registry,
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function ask(query: string, traceparent?: string) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(traceparent !== undefined && { traceparent }) },
    body: JSON.stringify({ query }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: an answer of any shape, for assertions.
  return { status: response.status, headers: response.headers, body: (await response.json()) as any };
}

async function counted(labels: string): Promise<number> {
  const { text } = await exposeMetrics(registry);
  const line = `tributary_http_request_duration_seconds_count{server="test",${labels}} `;
  return Number(
    text
      .split('\n')
      .find((one) => one.startsWith(line))
      ?.slice(line.length) ?? 0,
  );
}

test('a request is a span of its caller, goes on in it, and is found by the automatic instrumentation', async (t) => {
  recording = recordSpans(t);
  const { body, headers } = await ask('{ trace active }', SAMPLED);
  const span = await until('the span has ended', () => recording!.spans.find(({ isEnded }) => isEnded));
  assert.equal(recording.spans.length, 1);
  assert.equal(span.name, 'POST /graphql');
  assert.equal(span.kind, 'server');
  assert.equal(span.parent.traceparent, SAMPLED);
  assert.equal(span.failure, null);
  assert.deepEqual(span.attributes, {
    'http.request.method': 'POST',
    'http.route': '/graphql',
    'url.path': '/graphql',
    'http.response.status_code': 200,
  });
  assert.equal(body.data.trace, span.context.traceparent);
  assert.equal(body.data.active, 'POST /graphql');
  assert.equal(headers.get('trace-id'), SAMPLED.slice(3, 35));
});

test('an outage fails the span', async (t) => {
  recording = recordSpans(t);
  assert.equal((await ask('{ away }', SAMPLED)).status, 503);
  const span = await until('the span has ended', () => recording!.spans.find(({ isEnded }) => isEnded));
  assert.equal(span.failure, 'status 503');
});

test('of a trace that is not recorded nothing is, and it goes on as it came', async (t) => {
  recording = recordSpans(t, { samples: false });
  const { body, headers } = await ask('{ trace active }', UNSAMPLED);
  assert.deepEqual(body.data, { trace: UNSAMPLED, active: 'none' });
  assert.equal(headers.get('trace-id'), UNSAMPLED.slice(3, 35));
  const begun = await ask('{ trace }');
  assert.equal(begun.headers.get('trace-id'), begun.body.data.trace.slice(3, 35));
  assert.equal(recording.spans.length, 0);
});

test('requests are measured by route and class of status; what is at no route is one', async () => {
  const ok = await counted('route="/graphql",method="POST",status="2xx"');
  const away = await counted('route="/graphql",method="POST",status="5xx"');
  await ask('{ __typename }');
  await ask('{ away }');
  for (const path of ['/a', '/b?c=d']) await (await fetch(new URL(path, server.url))).text();
  await until(
    'all are counted',
    async () =>
      (await counted('route="/graphql",method="POST",status="2xx"')) === ok + 1 &&
      (await counted('route="/graphql",method="POST",status="5xx"')) === away + 1 &&
      (await counted('route="unmatched",method="GET",status="4xx"')) === 2,
  );
});

test('a caller that leaves is counted, and its span ends', async (t) => {
  recording = recordSpans(t);
  const request = httpRequest(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: SAMPLED },
  });
  request.on('error', () => {});
  request.end('{"query": "{ never }"}');
  await until('the request has arrived', () => recording!.spans.length === 1);
  request.destroy();
  const span = await until('the span has ended', () => recording!.spans.find(({ isEnded }) => isEnded));
  assert.equal(span.attributes['http.response.status_code'], 499);
  assert.equal(await counted('route="/graphql",method="POST",status="4xx"'), 1);
});

test('operations and requests have traces as examples', async (t) => {
  recording = recordSpans(t);
  await ask('{ __typename }', SAMPLED);
  await until('the span has ended', () => recording!.spans.find(({ isEnded }) => isEnded));
  const { text } = await exposeMetrics(registry, 'application/openmetrics-text');
  for (const name of ['tributary_http_request_duration_seconds', 'tributary_subgraph_request_duration_seconds'])
    assert.match(
      text,
      new RegExp(`^${name}_bucket\\{.*\\} \\d+ # \\{trace_id="${SAMPLED.slice(3, 35)}"\\}`, 'm'),
      name,
    );
});
