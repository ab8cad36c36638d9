import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceIdOf } from '@tributary/service';
import { recordSpans } from '@tributary/service/spans';
import { Registry } from 'prom-client';
import { type EventLog, EventLogError, type OutgoingRecord } from '../event-log.ts';
import { observed } from './observed.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SAMPLED = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01`, tracestate: 'vendor=1' };
const UNSAMPLED = { traceparent: `00-${TRACE_ID}-b7ad6b7169203331-00` };
const deadline = { deadlineMs: 1_000 };

const record = (headers: Record<string, string>): OutgoingRecord => ({ key: 'k', value: Buffer.from('v'), headers });

/** A log that keeps what it was given to send. */
function given(publish?: EventLog['publish']) {
  const sent: OutgoingRecord[] = [];
  const registry = new Registry();
  const acknowledge: EventLog['publish'] = async (_, records) => {
    sent.push(...records);
    return records.map((_record, index) => ({ partition: 2, offset: BigInt(40 + index) }));
  };
  return { sent, registry, publish: observed(publish ?? acknowledge, { system: 'kafka', registry }) };
}

test('a record of a recorded trace is published in a span of its own, whose context it carries from then on', async (t) => {
  const recording = recordSpans(t);
  const { sent, publish } = given();
  const cloudEvent = { ce_id: 'e1', ce_type: 'products.v1.ProductCreated', other: 'x' };
  const attributes = { 'tributary.outbox.path': 'table' };
  await publish('events', [record(UNSAMPLED), record({ ...SAMPLED, ...cloudEvent })], { ...deadline, attributes });
  const [span, ...others] = recording.spans;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [span?.name, span?.kind, span?.parent.traceparent, span?.isEnded, span?.failure],
    ['publish events', 'producer', SAMPLED.traceparent, true, null],
  );
  assert.deepEqual(span?.attributes, {
    'messaging.system': 'kafka',
    'messaging.operation.type': 'send',
    'messaging.operation.name': 'publish',
    'messaging.destination.name': 'events',
    'messaging.destination.partition.id': '2',
    'messaging.kafka.offset': 41,
    'messaging.kafka.message.key': 'k',
    'cloudevents.event_id': 'e1',
    'cloudevents.event_type': 'products.v1.ProductCreated',
    'tributary.outbox.path': 'table',
  });
  assert.deepEqual(
    sent.map(({ headers }) => headers),
    [UNSAMPLED, { ...cloudEvent, tracestate: 'vendor=1', traceparent: span?.context.traceparent }],
  );
});

for (const [what, headers] of [
  ['an unrecorded trace', UNSAMPLED],
  ['no trace', {}],
  ['a context that is none', { traceparent: 'abcd' }],
] as const)
  test(`records of ${what} are published as they are, without a span`, async (t) => {
    const recording = recordSpans(t);
    const { sent, publish } = given();
    const records = [record({ ...headers })];
    await publish('events', records, deadline);
    assert.equal(sent[0], records[0]);
    assert.deepEqual(recording.spans, []);
  });

test('without a recorder nothing is looked at', async () => {
  const { sent, publish } = given();
  const records = [record(SAMPLED)];
  await publish('events', records, deadline);
  assert.equal(sent[0], records[0]);
});

test('a publish that fails, fails its spans', async (t) => {
  const recording = recordSpans(t);
  const error = new EventLogError('NOT_CONFIRMED', 'late');
  const { publish } = given(() => Promise.reject(error));
  await assert.rejects(publish('events', [record(SAMPLED), record(SAMPLED)], deadline), error);
  assert.deepEqual(
    recording.spans.map(({ failure, isEnded }) => [failure, isEnded]),
    [
      [error, true],
      [error, true],
    ],
  );
  assert.equal(new Set(recording.spans.map(({ context }) => context.traceparent)).size, 2);
  assert(recording.spans.every(({ context }) => traceIdOf(context) === TRACE_ID));
});

test('publishing is measured by topic and outcome', async () => {
  const { registry, publish } = given(async (topic, records) => {
    if (topic === 'away') throw new EventLogError('UNAVAILABLE', 'away');
    if (topic === 'broken') throw new Error('a defect');
    return records.map(() => ({ partition: 0, offset: 0n }));
  });
  await publish('events', [record({}), record({})], deadline);
  await publish('events', [record({})], deadline);
  for (const topic of ['away', 'broken']) await assert.rejects(publish(topic, [record({})], deadline));
  const text = await registry.metrics();
  assert.match(text, /^tributary_log_published_records_total\{topic="events"\} 3$/m);
  assert.doesNotMatch(text, /published_records_total\{topic="(away|broken)"\}/);
  const counts = text.matchAll(/^tributary_log_publish_duration_seconds_count\{(.*)\} (\d+)$/gm);
  assert.deepEqual(
    [...counts].map(([, labels, count]) => `${labels} ${count}`),
    ['topic="events",outcome="OK" 2', 'topic="away",outcome="UNAVAILABLE" 1', 'topic="broken",outcome="ERROR" 1'],
  );
});
