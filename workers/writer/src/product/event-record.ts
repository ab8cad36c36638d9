import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { headers, protobufContentType } from '@tributary/proto/topics.ts';
import { type TraceContext, traceHeaders } from '@tributary/service';
import type { OutboxRecord } from '../outbox/outbox.ts';

type Body = NonNullable<ProductEvent['body']>;

/** `ce_type` of each kind of event: the full name of its message. */
const types: Readonly<Record<Body['$case'], string>> = {
  created: 'products.v1.ProductCreated',
  updated: 'products.v1.ProductUpdated',
  deleted: 'products.v1.ProductDeleted',
  rejected: 'products.v1.CommandRejected',
  completed: 'products.v1.CommandCompleted',
};

const SOURCE = '/tributary/writer';

/** An event as its record: protobuf, with CloudEvents headers in binary mode and the trace context of the command. */
export function eventRecord(
  topic: string,
  key: string,
  event: ProductEvent & { body: Body },
  trace: TraceContext,
): OutboxRecord {
  return {
    topic,
    key,
    version: event.version,
    value: ProductEvent.encode(event).finish(),
    headers: {
      [headers.specVersion]: '1.0',
      [headers.eventId]: event.eventId,
      [headers.eventType]: types[event.body.$case],
      [headers.eventSource]: SOURCE,
      [headers.eventTime]: new Date(Number(event.occurredAtMs)).toISOString(),
      [headers.contentType]: protobufContentType,
      ...traceHeaders(trace),
    },
  };
}
