import {
  hasSpanRecorder,
  type Span,
  type SpanAttributes,
  startSpan,
  type TraceContext,
  traceHeaders,
} from '@tributary/service';
import type { OutgoingRecord, RecordPosition } from '../event-log.ts';
import { placeAttributes, recordAttributes, recordedTraceOf } from '../record-trace.ts';

export interface PublishSpans {
  /** The records, each in the context of its span. */
  readonly records: readonly OutgoingRecord[];
  /** The context of the first of the spans. */
  readonly trace: TraceContext | undefined;
  end(positions: readonly RecordPosition[]): void;
  fail(error: unknown): void;
}

export interface Publishing {
  /** The log's `system`. */
  readonly system: string;
  readonly topic: string;
  /** What each span says beside what the record does. */
  readonly attributes: SpanAttributes | undefined;
}

/** Begins a span `publish <topic>` for each record whose trace is recorded; null where there is none. */
export function beginPublishSpans(records: readonly OutgoingRecord[], publishing: Publishing): PublishSpans | null {
  if (!hasSpanRecorder() || !records.some(({ headers }) => recordedTraceOf(headers) !== null)) return null;
  const spans = records.map((record) => begin(record, publishing));
  return {
    records: records.map((record, index) => {
      const span = spans[index];
      return span ? { ...record, headers: { ...record.headers, ...traceHeaders(span.context) } } : record;
    }),
    trace: spans.find((span) => span !== null)?.context,
    end(positions) {
      spans.forEach((span, index) => {
        const place = positions[index];
        if (place) span?.set(placeAttributes(place));
        span?.end();
      });
    },
    fail(error) {
      for (const span of spans) {
        span?.fail(error);
        span?.end();
      }
    },
  };
}

function begin({ key, headers }: OutgoingRecord, { system, topic, attributes }: Publishing): Span | null {
  const parent = recordedTraceOf(headers);
  if (parent === null) return null;
  return startSpan(`publish ${topic}`, {
    parent,
    kind: 'producer',
    attributes: {
      'messaging.system': system,
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'publish',
      ...recordAttributes(topic, key, headers),
      ...attributes,
    },
  });
}
