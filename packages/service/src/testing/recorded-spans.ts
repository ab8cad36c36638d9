import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { isTraced, type Span, type SpanKind, type SpanOptions, setSpanRecorder } from '../telemetry/span.ts';
import { type TraceContext, traceIdOf } from '../trace-context.ts';

/** A span that a test has seen. */
export interface RecordedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parent: TraceContext;
  readonly context: TraceContext;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly TraceContext[];
  /** What it failed with; null when it did not. */
  readonly failure: unknown;
  readonly isEnded: boolean;
  /** Recorded by itself, of a trace that is not. */
  readonly isKept: boolean;
}

export interface SpanRecording {
  /** In the order in which they began; those that were kept, in that in which they ended. */
  readonly spans: readonly RecordedSpan[];
  /** `parent → child` for each span, sorted; the parent is `caller` where another process began it, `-` where there is none. */
  edges(): readonly string[];
  /** The span that automatic instrumentation would find now. */
  active(): RecordedSpan | null;
}

export interface SpanRecordingOptions {
  /** Whether traces that begin in this process are recorded. Default true. */
  readonly samples?: boolean;
  /** Whether spans that fail are kept of other traces. Default false. */
  readonly keepsErrors?: boolean;
}

/** Records spans in memory for a test, as a process does whose traces are exported. */
export function recordSpans(
  test: Pick<TestContext, 'after'>,
  { samples = true, keepsErrors = false }: SpanRecordingOptions = {},
): SpanRecording {
  const spans: RecordedSpan[] = [];
  const made = new WeakMap<Span, RecordedSpan>();
  const active = new AsyncLocalStorage<RecordedSpan>();

  function begin(name: string, options: SpanOptions, isKept: boolean): Span {
    const { parent, kind = 'internal', links = [] } = options;
    const own = `00-${traceIdOf(parent)}-${randomBytes(8).toString('hex')}-01`;
    const { tracestate } = parent;
    const context = isKept ? parent : { traceparent: own, ...(tracestate !== undefined && { tracestate }) };
    const recorded = { name, kind, parent, context, attributes: { ...options.attributes }, links, isKept };
    const state: { failure: unknown; isEnded: boolean } = { failure: null, isEnded: false };
    const seen: RecordedSpan = Object.defineProperties(recorded as unknown as RecordedSpan, {
      failure: { get: () => state.failure },
      isEnded: { get: () => state.isEnded },
    });
    if (!isKept) spans.push(seen);
    const span: Span = {
      context,
      isRecorded: !isKept,
      set: (attributes) => void Object.assign(recorded.attributes, attributes),
      fail(error) {
        state.failure = error;
      },
      end() {
        if (state.isEnded) throw new Error(`${name} ended twice`);
        state.isEnded = true;
        if (isKept && state.failure !== null) spans.push(seen);
      },
    };
    made.set(span, seen);
    return span;
  }

  function parentOf({ parent }: RecordedSpan): string {
    if (parent.isNew) return '-';
    return spans.find(({ context }) => context.traceparent === parent.traceparent)?.name ?? 'caller';
  }

  setSpanRecorder({
    samples: () => samples,
    start(name, options) {
      if (isTraced(options.parent)) return begin(name, options, false);
      return options.keep === true && keepsErrors ? begin(name, options, true) : null;
    },
    run: (span, work) => active.run(made.get(span)!, work),
  });
  test.after(() => setSpanRecorder(null));
  return {
    spans,
    edges: () => spans.map((span) => `${parentOf(span)} → ${span.name}`).sort(),
    active: () => active.getStore() ?? null,
  };
}
