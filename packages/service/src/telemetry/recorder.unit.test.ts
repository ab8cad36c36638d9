import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { SpanKind, trace } from '@opentelemetry/api';
import { InMemorySpanExporter } from '@opentelemetry/sdk-trace-base';
import { newTraceContext, traceContextOf, traceIdOf } from '../trace-context.ts';
import { createSpanRecorder, type RecorderOptions } from './recorder.ts';
import { startSdk } from './sdk.ts';
import { hasSpanRecorder, inSpan, isTraced, setSpanRecorder, startSpan } from './span.ts';

const exporter = new InMemorySpanExporter();
const sdk = await startSdk({ service: 'test', exporter, instrument: [] });

/** Records from here on; answers what was recorded when it is asked. */
function record(t: TestContext, options: Partial<RecorderOptions> = {}) {
  exporter.reset();
  setSpanRecorder(
    createSpanRecorder({
      tracer: sdk.tracer,
      beginTrace: sdk.beginTrace,
      ratio: 1,
      keep: { errors: false, slowMs: null },
      ...options,
    }),
  );
  t.after(() => setSpanRecorder(null));
  return async () => {
    await (trace.getTracerProvider() as unknown as { getDelegate(): { forceFlush(): Promise<void> } })
      .getDelegate()
      .forceFlush();
    return exporter.getFinishedSpans();
  };
}

const REMOTE = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=1' };
const OTHER = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' };
const UNSAMPLED = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00' };

test('without a recorder a span is its parent and nothing more', async () => {
  assert.equal(hasSpanRecorder(), false);
  const parent = newTraceContext();
  assert.equal(isTraced(parent), false);
  const span = startSpan('work', { parent: REMOTE });
  assert.equal(span.context, REMOTE);
  assert.equal(span.isRecorded, false);
  assert.equal(await inSpan(span, () => 7), 7);
});

test('a trace that begins here has a root without a parent, under the id that everything else was told', async (t) => {
  const finished = record(t);
  const parent = newTraceContext();
  assert.equal(isTraced(parent), true);
  const root = startSpan('request', { parent, kind: 'server', attributes: { 'http.route': '/' } });
  const child = startSpan('query', { parent: root.context, kind: 'client' });
  child.end();
  root.end();
  const [second, first] = await finished();
  assert.equal(first?.name, 'request');
  assert.equal(first?.kind, SpanKind.SERVER);
  assert.equal(first?.parentSpanContext, undefined);
  assert.equal(first?.spanContext().traceId, traceIdOf(parent));
  assert.equal(second?.parentSpanContext?.spanId, first?.spanContext().spanId);
  assert.deepEqual(first?.attributes, { 'http.route': '/' });
});

test("a caller's trace is continued, with its state, and recorded only if the caller says so", async (t) => {
  const finished = record(t, { ratio: 0 });
  const span = startSpan('process', { parent: REMOTE, kind: 'consumer', links: [REMOTE, OTHER] });
  assert.notEqual(span.context.traceparent, REMOTE.traceparent);
  assert.equal(span.context.tracestate, 'vendor=1');
  span.end();
  startSpan('unseen', { parent: UNSAMPLED }).end();
  startSpan('unseen', { parent: newTraceContext() }).end();
  const spans = await finished();
  assert.deepEqual(
    spans.map(({ name }) => name),
    ['process'],
  );
  assert.equal(spans[0]?.parentSpanContext?.spanId, 'b7ad6b7169203331');
  assert.deepEqual(
    spans[0]?.links.map(({ context }) => context.spanId),
    ['00f067aa0ba902b7'],
    'its parent is no other trace',
  );
});

test('as many traces are recorded as the ratio says, the same ones in every process', (t) => {
  record(t, { ratio: 0.25 });
  const sampled = Array.from({ length: 4_000 }, newTraceContext).filter(isTraced).length;
  assert(sampled > 800 && sampled < 1_200, String(sampled));
});

test('work in a span finds it active, and what it throws is in the span', async (t) => {
  const finished = record(t);
  const span = startSpan('work', { parent: REMOTE });
  const fails = inSpan(span, async () => {
    await delay(1);
    assert.equal(trace.getActiveSpan()?.spanContext().spanId, span.context.traceparent.slice(36, 52));
    sdk.tracer.startSpan('of a library').end();
    throw new Error('it broke');
  });
  await assert.rejects(fails, /it broke/);
  sdk.tracer.startSpan('of nobody').end();
  const [ofLibrary, work] = await finished();
  assert.equal((await finished()).length, 2);
  assert.equal(ofLibrary?.parentSpanContext?.spanId, work?.spanContext().spanId);
  assert.equal(work?.status.message, 'it broke');
  assert.equal(work?.events[0]?.name, 'exception');
});

test('of a trace that is not recorded, what failed or was slow is kept, with the time that it took', async (t) => {
  const finished = record(t, { ratio: 0, keep: { errors: true, slowMs: 20 } });
  const failed = startSpan('failed', { parent: UNSAMPLED, keep: true, attributes: { n: 1 } });
  failed.set({ n: 2 });
  failed.fail(new Error('no'));
  failed.end();
  const slow = startSpan('slow', { parent: UNSAMPLED, keep: true, startMs: Date.now() - 30 });
  slow.end();
  startSpan('quick', { parent: UNSAMPLED, keep: true }).end();
  const unkept = startSpan('not to be kept', { parent: UNSAMPLED });
  unkept.fail(new Error('no'));
  unkept.end();
  const spans = await finished();
  assert.deepEqual(
    spans.map(({ name, attributes }) => [name, attributes['tributary.kept']]),
    [
      ['failed', 'error'],
      ['slow', 'slow'],
    ],
  );
  assert.equal(spans[0]?.attributes.n, 2);
  assert.equal(spans[0]?.spanContext().traceId, traceIdOf(UNSAMPLED));
  assert(spans[1]!.duration[1] >= 20_000_000 || spans[1]!.duration[0] > 0);
});

test('a context that came in a header is nobody’s new trace', () => {
  assert.equal(traceContextOf({ traceparent: REMOTE.traceparent }).isNew, undefined);
  assert.equal(traceContextOf({}).isNew, true);
});
