import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import {
  type ExportProductsRequest,
  type ExportProductsResponse,
  type GetCommandStatusRequest,
  type GetCommandStatusResponse,
  ProductWriterClient,
  ProductWriterService,
} from '@tributary/proto/gen/products/v1/writer.ts';
import { Registry } from 'prom-client';
import { silentLogger } from '../logger.ts';
import { recordSpans } from '../testing/recorded-spans.ts';
import { until } from '../testing/until.ts';
import type { TraceContext } from '../trace-context.ts';
import { type CallOptions, callUnary, clientOptions } from './client.ts';
import { grpcFailure } from './errors.ts';
import { grpcClientDurations } from './observation.ts';
import { createGrpcServer, type GrpcCall, unary } from './server.ts';

const SAMPLED = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b' };
const UNSAMPLED = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' };
const CALL = 'products.v1.ProductWriter/GetCommand';

type Export = grpc.handleServerStreamingCall<ExportProductsRequest, ExportProductsResponse>;
let handle: (request: GetCommandStatusRequest, call: GrpcCall) => Promise<GetCommandStatusResponse>;
let exportProducts: Export;

const logger = silentLogger();
const registry = new Registry();
const unimplemented = unary(logger, () => Promise.reject(grpcFailure(grpc.status.UNIMPLEMENTED, 'NO', 'no')));
const server = await createGrpcServer({
  host: '127.0.0.1',
  port: 0,
  logger,
  registry,
  name: 'products.v1.ProductWriter',
  definition: ProductWriterService,
  implementation: {
    executeCommand: unimplemented,
    getProduct: unimplemented,
    getCommand: unary<GetCommandStatusRequest, GetCommandStatusResponse>(logger, (request, call) =>
      handle(request, call),
    ),
    exportProducts: ((call) => exportProducts(call)) as Export,
  },
  proto: { folder: new URL('../../../../proto/', import.meta.url), file: 'products/v1/writer.proto' },
});
const client = new ProductWriterClient(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure(), clientOptions);
after(async () => {
  client.close();
  await server.stop();
});

const durations = grpcClientDurations(registry);
function ask(options: Partial<CallOptions> = {}) {
  return callUnary(client, client.getCommand, { commandId: 'x' }, { deadlineMs: 1_000, durations, ...options });
}

async function countOf(side: 'client' | 'server', method: string, code: string): Promise<number> {
  const text = await registry.metrics();
  const name = `tributary_grpc_${side}_duration_seconds_count`;
  const labels = `{service="products.v1.ProductWriter",method="${method}",code="${code}"}`;
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(name + labels))
      ?.split(' ')[1] ?? 0,
  );
}

/** The server tells of a call after it has answered. */
const ended = (spans: readonly { isEnded: boolean }[]) =>
  until('every span has ended', () => spans.every(({ isEnded }) => isEnded));

test('a call is a span of its caller, and one of its server in which the handler goes on', async (t) => {
  const recording = recordSpans(t);
  let seen: TraceContext | undefined;
  let active: unknown;
  handle = async (_, { trace }) => {
    await new Promise(setImmediate);
    seen = trace;
    active = recording.active();
    return {};
  };
  await ask({ trace: SAMPLED });
  const [ofClient, ofServer] = recording.spans;
  await ended(recording.spans);
  assert.deepEqual(
    recording.spans.map(({ name, kind, failure }) => ({ name, kind, failure })),
    [
      { name: CALL, kind: 'client', failure: null },
      { name: CALL, kind: 'server', failure: null },
    ],
  );
  assert.equal(ofClient?.parent.traceparent, SAMPLED.traceparent);
  assert.equal(ofServer?.parent.traceparent, ofClient?.context.traceparent);
  assert.deepEqual(seen, ofServer?.context);
  assert.equal(seen?.tracestate, SAMPLED.tracestate);
  assert.equal(active, ofServer);
  assert.deepEqual(ofServer?.attributes, {
    'rpc.system': 'grpc',
    'rpc.service': 'products.v1.ProductWriter',
    'rpc.method': 'GetCommand',
    'rpc.grpc.status_code': grpc.status.OK,
  });
});

test('a refusal fails the caller and not the server; an outage fails both', async (t) => {
  for (const [code, isFault] of [
    [grpc.status.NOT_FOUND, false],
    [grpc.status.UNAVAILABLE, true],
  ] as const) {
    const recording = recordSpans(t);
    handle = () => Promise.reject(grpcFailure(code, 'CODE', 'no'));
    await assert.rejects(ask({ trace: SAMPLED }));
    await ended(recording.spans);
    assert.deepEqual(
      recording.spans.map(({ failure }) => failure),
      [grpc.status[code], isFault ? grpc.status[code] : null],
    );
    assert.ok(recording.spans.every(({ attributes }) => attributes['rpc.grpc.status_code'] === code));
  }
});

test('nothing is recorded of a trace that is not, and the trace goes on as it came', async (t) => {
  const recording = recordSpans(t, { samples: false });
  let seen: TraceContext | undefined;
  handle = async (_, { trace }) => {
    seen = trace;
    return {};
  };
  await ask({ trace: UNSAMPLED });
  assert.deepEqual(seen, UNSAMPLED);
  await ask();
  assert.equal(recording.spans.length, 0);
});

test('a call without a trace begins one at the server', async (t) => {
  const recording = recordSpans(t);
  handle = async () => ({});
  await ask();
  await ended(recording.spans);
  assert.deepEqual(recording.edges(), [`- → ${CALL}`]);
});

test('calls are measured by method and code on both sides', async () => {
  const before = await Promise.all([
    countOf('client', 'GetCommand', 'OK'),
    countOf('server', 'GetCommand', 'OK'),
    countOf('client', 'GetCommand', 'NOT_FOUND'),
    countOf('server', 'GetCommand', 'NOT_FOUND'),
  ]);
  handle = async () => ({});
  await ask();
  await ask();
  handle = () => Promise.reject(grpcFailure(grpc.status.NOT_FOUND, 'NO', 'no'));
  await assert.rejects(ask());
  assert.deepEqual(
    await Promise.all([
      countOf('client', 'GetCommand', 'OK'),
      countOf('server', 'GetCommand', 'OK'),
      countOf('client', 'GetCommand', 'NOT_FOUND'),
      countOf('server', 'GetCommand', 'NOT_FOUND'),
    ]),
    [before[0]! + 2, before[1]! + 2, before[2]! + 1, before[3]! + 1],
  );
});

test('a caller that gives up is CANCELLED on both sides', async () => {
  const abort = new AbortController();
  handle = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('too late')));
      abort.abort();
    });
  await assert.rejects(ask({ signal: abort.signal }), { code: grpc.status.CANCELLED });
  assert.equal(await countOf('client', 'GetCommand', 'CANCELLED'), 1);
  await until('the server has noticed', async () => (await countOf('server', 'GetCommand', 'CANCELLED')) === 1);
});

function stream(t: TestContext) {
  const recording = recordSpans(t);
  const metadata = new grpc.Metadata();
  metadata.set('traceparent', SAMPLED.traceparent);
  const call = client.exportProducts({}, metadata);
  const outcome = new Promise<grpc.status>((resolve) => {
    call.on('data', () => {});
    call.on('error', (error: grpc.ServiceError) => resolve(error.code));
    call.on('end', () => resolve(grpc.status.OK));
  });
  return { recording, call, outcome };
}

test('a stream is measured, and a span, to its end, whichever way it ends', async (t) => {
  exportProducts = (call) => {
    call.write({ items: [] });
    call.end();
  };
  const whole = stream(t);
  assert.equal(await whole.outcome, grpc.status.OK);
  await ended(whole.recording.spans);
  assert.equal(await countOf('server', 'ExportProducts', 'OK'), 1);
  assert.deepEqual(whole.recording.edges(), ['caller → products.v1.ProductWriter/ExportProducts']);

  exportProducts = (call) => void call.emit('error', grpcFailure(grpc.status.UNAVAILABLE, 'NO', 'no'));
  const failed = stream(t);
  assert.equal(await failed.outcome, grpc.status.UNAVAILABLE);
  await ended(failed.recording.spans);
  assert.equal(await countOf('server', 'ExportProducts', 'UNAVAILABLE'), 1);
  assert.equal(failed.recording.spans[0]?.failure, 'UNAVAILABLE');

  exportProducts = () => {};
  const abandoned = stream(t);
  await until('the call has arrived', () => abandoned.recording.spans.length === 1);
  abandoned.call.cancel();
  await abandoned.outcome;
  await ended(abandoned.recording.spans);
  assert.equal(await countOf('server', 'ExportProducts', 'CANCELLED'), 1);
});
