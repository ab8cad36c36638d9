import type { TraceContext } from '../trace-context.ts';

/** What a span is called by, in the values that OpenTelemetry allows. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

export interface SpanOptions {
  /** The context that the span continues. */
  readonly parent: TraceContext;
  /** Default: internal. */
  readonly kind?: SpanKind;
  readonly attributes?: SpanAttributes;
  /** Other traces that this work belongs to: those of a batch's records. */
  readonly links?: readonly TraceContext[];
  /** When it began, UTC milliseconds. Default: now. */
  readonly startMs?: number;
  /** Of a trace that is not sampled, it is kept all the same when it fails or takes long, if the configuration says so. */
  readonly keep?: boolean;
}

/** A piece of work in a trace. */
export interface Span {
  /** What the work hands on: to subgraphs, records, rows. The parent's own where nothing is recorded. */
  readonly context: TraceContext;
  /** Whether anything is recorded: attributes that cost something are not worth making otherwise. */
  readonly isRecorded: boolean;
  set(attributes: SpanAttributes): void;
  fail(error: unknown): void;
  end(): void;
}

/** Records spans. There is one in a process whose traces are exported, and none in any other. */
export interface SpanRecorder {
  /** Whether a trace that begins here is recorded. */
  samples(traceId: string): boolean;
  /** Null where the span is not recorded. */
  start(name: string, options: SpanOptions): Span | null;
  /** Runs work in which automatic instrumentation finds the span. */
  run<T>(span: Span, work: () => T): T;
}

let recorder: SpanRecorder | null = null;

/** Has spans recorded from now on. */
export function setSpanRecorder(given: SpanRecorder | null): void {
  recorder = given;
}

export function hasSpanRecorder(): boolean {
  return recorder !== null;
}

/** Whether a trace that begins in this process is recorded. */
export function isSampledHere(traceId: string): boolean {
  return recorder?.samples(traceId) ?? false;
}

/** The last digit of the flags: the sampled flag is its lowest bit. */
const SAMPLED = /[13579bdf]$/;

/** Whether the trace is recorded. https://www.w3.org/TR/trace-context/#sampled-flag */
export function isTraced({ traceparent }: TraceContext): boolean {
  return SAMPLED.test(traceparent);
}

/** Begins a span. Without a recorder, or in a trace that is not sampled, nothing is recorded and the context stays the parent's. */
export function startSpan(name: string, options: SpanOptions): Span {
  return recorder?.start(name, options) ?? new Unrecorded(options.parent);
}

/** Runs work in which automatic instrumentation finds the span. The span goes on after it. */
export function runInSpan<T>(span: Span, work: () => T): T {
  return span.isRecorded && recorder ? recorder.run(span, work) : work();
}

/** Runs work as a span: it is active for automatic instrumentation, fails when the work does, and ends with it. */
export async function inSpan<T>(span: Span, work: () => Promise<T> | T): Promise<T> {
  try {
    return await runInSpan(span, work);
  } catch (error) {
    span.fail(error);
    throw error;
  } finally {
    span.end();
  }
}

/** The project uses no classes but for errors; this one is made for every piece of work that is not recorded, and costs the least so. */
class Unrecorded implements Span {
  readonly context: TraceContext;
  readonly isRecorded = false;

  constructor(context: TraceContext) {
    this.context = context;
  }
  set(): void {}
  fail(): void {}
  end(): void {}
}
