/**
 * The table of topics: every record that travels through the event log belongs to one of these. Created and
 * checked at start by whoever uses them; the partition count never changes in place.
 */
export interface TopicDefinition {
  readonly name: string;
  readonly partitions: number;
  /** How long records are kept, in milliseconds. Configurable; this is the default. */
  readonly retentionMs: number;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Key = product id, value = `ProductCommand`. Kept for less time than the writer's inbox, so that no command outlives the memory of it. */
export const productCommands = {
  name: 'products.commands.v1',
  partitions: 6,
  retentionMs: 3 * DAY_MS,
} as const satisfies TopicDefinition;

/** Key = product id, value = `ProductEvent`. Never compacted: outcomes share the product's key. */
export const productEvents = {
  name: 'products.events.v1',
  partitions: 6,
  retentionMs: 7 * DAY_MS,
} as const satisfies TopicDefinition;

/** Commands that could not be handled: the raw bytes, with reason, origin and trace in the headers. */
export const productCommandsDeadLetters = {
  name: 'products.commands.v1.dlq',
  partitions: 1,
  retentionMs: 30 * DAY_MS,
} as const satisfies TopicDefinition;

/** Events that could not be projected: the raw bytes, with reason, origin and trace in the headers. */
export const productEventsDeadLetters = {
  name: 'products.events.v1.dlq',
  partitions: 1,
  retentionMs: 30 * DAY_MS,
} as const satisfies TopicDefinition;

export const topics: readonly TopicDefinition[] = [
  productCommands,
  productEvents,
  productCommandsDeadLetters,
  productEventsDeadLetters,
];

/** The table with retentions that are configured, in milliseconds. */
export function topicsKept(commandsMs: number, eventsMs: number): TopicDefinition[] {
  const retentions = new Map<string, number>([
    [productCommands.name, commandsMs],
    [productEvents.name, eventsMs],
  ]);
  return topics.map((topic) => ({ ...topic, retentionMs: retentions.get(topic.name) ?? topic.retentionMs }));
}

/** How long the writer remembers a command and its idempotency key; more than the commands topic keeps its records. */
export const inboxRetentionMs = 7 * DAY_MS;

/** The headers of an event record: CloudEvents binary mode, and the W3C trace context. */
export const headers = {
  eventId: 'ce_id',
  eventType: 'ce_type',
  eventSource: 'ce_source',
  eventTime: 'ce_time',
  specVersion: 'ce_specversion',
  contentType: 'content-type',
  traceparent: 'traceparent',
  tracestate: 'tracestate',
} as const;

/** `content-type` of a protobuf value. */
export const protobufContentType = 'application/protobuf';
