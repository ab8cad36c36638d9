import {
  hasSpanRecorder,
  isTraced,
  type Span,
  type SpanAttributes,
  type SpanOptions,
  startSpan,
  type TraceContext,
  traceContextOf,
} from '@tributary/service';
import type { LogRecord } from '../event-log.ts';
import { placeAttributes, recordAttributes } from '../record-trace.ts';

export interface RecordSpansOptions {
  /** The log's `system`. */
  readonly system: string;
  readonly topic: string;
  readonly group: string;
  /** Whether records that failed or took long are kept though their traces are not recorded. */
  readonly keep: boolean;
  /** What the span of a record says beside what the log knows. */
  describe?(record: LogRecord): SpanAttributes;
}

/** The spans of a batch's records, `process <topic>`: each from when the batch came until the record is done with. */
export interface RecordSpans {
  /** The context in which a record is handled: that of its span, or what it came with where none is recorded. The same each time. */
  traceOf(record: LogRecord): TraceContext;
  /** The contexts of the spans that are recorded of these; null where there is none. */
  recordedOf(records: readonly LogRecord[]): readonly [TraceContext, ...TraceContext[]] | null;
  /** The records are handled. */
  end(records: readonly LogRecord[]): void;
  /** The span of a record that cannot be handled, to be ended by whoever does what is left to do for it. */
  fail(record: LogRecord, error: unknown): Span;
  /** What has not ended yet comes again, each time in a span of its own. */
  giveUp(error: unknown): void;
}

/** Begun for a record that turns out to be worth nothing, a span costs about a microsecond. */
const KEPT_RECORDS_PER_MS = 10;

export function beginRecordSpans(records: readonly LogRecord[], options: RecordSpansOptions): RecordSpans {
  const { system, topic, group, keep, describe } = options;
  const isRecording = hasSpanRecorder();
  const startMs = isRecording ? Date.now() : 0;
  const spans = new Map<LogRecord, Span>();
  const begunHere = new Map<LogRecord, TraceContext>();

  function cameWith(record: LogRecord): TraceContext {
    const begun = begunHere.get(record);
    if (begun) return begun;
    const trace = traceContextOf(record.headers);
    if (trace.isNew) begunHere.set(record, trace);
    return trace;
  }

  function begin(record: LogRecord, more?: Pick<SpanOptions, 'keep' | 'startMs'>): Span {
    return startSpan(`process ${topic}`, {
      parent: cameWith(record),
      kind: 'consumer',
      attributes: {
        'messaging.system': system,
        'messaging.operation.type': 'process',
        'messaging.operation.name': 'process',
        'messaging.consumer.group.name': group,
        ...recordAttributes(topic, record.key, record.headers),
        ...placeAttributes(record),
        ...describe?.(record),
      },
      ...more,
    });
  }

  function isRecorded(record: LogRecord): boolean {
    const { traceparent } = record.headers;
    if (traceparent !== undefined && !isTraced({ traceparent })) return false;
    return isTraced(cameWith(record));
  }

  if (isRecording) for (const record of records) if (isRecorded(record)) spans.set(record, begin(record));

  return {
    traceOf: (record) => spans.get(record)?.context ?? cameWith(record),
    recordedOf(some) {
      if (spans.size === 0) return null;
      const [first, ...others] = some.flatMap((record) => spans.get(record)?.context ?? []);
      return first ? [first, ...others] : null;
    },
    end(some) {
      if (!isRecording) return;
      const looksForSlow = keep && some.length <= (Date.now() - startMs) * KEPT_RECORDS_PER_MS;
      for (const record of some) {
        const span = spans.get(record);
        if (span) span.end();
        else if (looksForSlow) begin(record, { keep, startMs }).end();
        spans.delete(record);
      }
    },
    fail(record, error) {
      const span = spans.get(record) ?? begin(record, { keep, startMs });
      spans.delete(record);
      span.fail(error);
      return span;
    },
    giveUp(error) {
      for (const span of spans.values()) {
        span.fail(error);
        span.end();
      }
      spans.clear();
    },
  };
}
