import {
  type Context,
  context as contexts,
  SpanKind as Kinds,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  type Tracer,
  trace as traces,
} from '@opentelemetry/api';
import { TraceState } from '@opentelemetry/core';
import { type TraceContext, traceIdOf } from '../trace-context.ts';
import { isTraced, type Span, type SpanKind, type SpanOptions, type SpanRecorder } from './span.ts';

export interface RecorderOptions {
  readonly tracer: Tracer;
  /** How many of the traces that begin here are recorded, from 0 to 1. */
  readonly ratio: number;
  /** What is recorded of other traces too, span by span. */
  readonly keep: { readonly errors: boolean; readonly slowMs: number | null };
  /** Has the next root span belong to this trace. */
  beginTrace(traceId: string): void;
}

const kinds: Readonly<Record<SpanKind, Kinds>> = {
  internal: Kinds.INTERNAL,
  server: Kinds.SERVER,
  client: Kinds.CLIENT,
  producer: Kinds.PRODUCER,
  consumer: Kinds.CONSUMER,
};

/** The lowest 32 bits of a trace id, against which a ratio is held: the same in every process. */
const RANGE = 2 ** 32;

/** Records spans with OpenTelemetry. */
export function createSpanRecorder({ tracer, ratio, keep, beginTrace }: RecorderOptions): SpanRecorder {
  const otelSpans = new WeakMap<Span, OtelSpan>();
  const keepsAny = keep.errors || keep.slowMs !== null;

  function begin(name: string, options: SpanOptions, startMs = options.startMs): OtelSpan {
    const { parent, kind = 'internal', attributes = {}, links = [] } = options;
    const isRoot = parent.isNew === true;
    if (isRoot) beginTrace(traceIdOf(parent));
    const parentContext: Context = isRoot
      ? ROOT_CONTEXT
      : traces.setSpanContext(ROOT_CONTEXT, { ...spanContextOf(parent), traceFlags: 1 });
    return tracer.startSpan(
      name,
      {
        kind: kinds[kind],
        attributes: attributes as never,
        // Jaeger keeps one reference between two spans, and would take the link for it.
        links: links
          .filter(({ traceparent }) => traceparent.slice(0, 52) !== parent.traceparent.slice(0, 52))
          .map((link) => ({ context: spanContextOf(link) })),
        root: isRoot,
        ...(startMs !== undefined && { startTime: startMs }),
      },
      parentContext,
    );
  }

  function recorded(otel: OtelSpan, parent: TraceContext): Span {
    const { traceId, spanId } = otel.spanContext();
    const span: Span = {
      context: {
        traceparent: `00-${traceId}-${spanId}-01`,
        ...(parent.tracestate !== undefined && { tracestate: parent.tracestate }),
      },
      isRecorded: true,
      set: (attributes) => void otel.setAttributes(attributes as never),
      fail: (error) => fail(otel, error),
      end: () => otel.end(),
    };
    otelSpans.set(span, otel);
    return span;
  }

  /** A span that is begun when it has ended, if it turned out worth keeping. */
  function keepable(name: string, options: SpanOptions): Span {
    const startMs = options.startMs ?? Date.now();
    let attributes = options.attributes ?? {};
    let failure: { readonly error: unknown } | null = null;
    return {
      context: options.parent,
      isRecorded: false,
      set(more) {
        attributes = { ...attributes, ...more };
      },
      fail(error) {
        failure = { error };
      },
      end() {
        const isSlow = keep.slowMs !== null && Date.now() - startMs >= keep.slowMs;
        if (!isSlow && !(keep.errors && failure)) return;
        const otel = begin(
          name,
          { ...options, attributes: { ...attributes, 'tributary.kept': failure ? 'error' : 'slow' } },
          startMs,
        );
        if (failure) fail(otel, failure.error);
        otel.end();
      },
    };
  }

  return {
    samples: (traceId) => Number.parseInt(traceId.slice(24), 16) < ratio * RANGE,
    start(name, options) {
      if (isTraced(options.parent)) return recorded(begin(name, options), options.parent);
      return options.keep === true && keepsAny ? keepable(name, options) : null;
    },
    run(span, work) {
      const otel = otelSpans.get(span);
      return otel ? contexts.with(traces.setSpan(ROOT_CONTEXT, otel), work) : work();
    },
  };
}

function spanContextOf({ traceparent, tracestate }: TraceContext): SpanContext {
  return {
    traceId: traceparent.slice(3, 35),
    spanId: traceparent.slice(36, 52),
    traceFlags: Number.parseInt(traceparent.slice(53, 55), 16),
    isRemote: true,
    ...(tracestate !== undefined && { traceState: new TraceState(tracestate) }),
  };
}

function fail(span: OtelSpan, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error) span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}
