import { isTraced, type SpanAttributes, type TraceContext, traceContextOf } from '@tributary/service';

type Headers = Readonly<Record<string, string>>;

/** The context that a record's headers carry, if its trace is recorded. Of a trace that is not, no more than the flag is looked at. */
export function recordedTraceOf(headers: Headers): TraceContext | null {
  const { traceparent } = headers;
  if (traceparent === undefined || !isTraced({ traceparent })) return null;
  const trace = traceContextOf(headers);
  // What is no context is kept as it came.
  return trace.isNew ? null : trace;
}

/**
 * What a record's span says of it. The embedded log is told in Kafka's words too: it has the same partitions and offsets.
 * https://opentelemetry.io/docs/specs/semconv/messaging/kafka/
 */
export function recordAttributes(topic: string, key: string | null, headers: Headers): SpanAttributes {
  return {
    'messaging.destination.name': topic,
    'messaging.kafka.message.key': key ?? undefined,
    'cloudevents.event_id': headers.ce_id,
    'cloudevents.event_type': headers.ce_type,
  };
}

/** Where a record stands. */
export function placeAttributes({ partition, offset }: { partition: number; offset: bigint }): SpanAttributes {
  return { 'messaging.destination.partition.id': String(partition), 'messaging.kafka.offset': Number(offset) };
}
