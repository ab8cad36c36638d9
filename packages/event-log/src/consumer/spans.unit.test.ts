import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import {
  type Logger,
  type SpanOptions,
  setSpanRecorder,
  silentLogger,
  type TraceContext,
  traceHeaders,
  traceIdOf,
} from '@tributary/service';
import { recordSpans } from '@tributary/service/spans';
import { until } from '@tributary/service/testing';
import { Registry } from 'prom-client';
import { createEmbeddedEventLog } from '../embedded/index.ts';
import type { LogRecord } from '../event-log.ts';
import { type ConsumerOptions, runConsumer } from './consumer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-consumer-spans-'));
const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger: silentLogger() });
await log.ensureTopics(['dead'].map((name) => ({ name, partitions: 1, retentionMs: 60_000 })));
after(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const traceOf = (n: number, flags: '00' | '01'): TraceContext => ({
  traceparent: `00-${String(n).padStart(32, '0')}-b7ad6b7169203331-${flags}`,
});
const sampled = (n: number) => traceOf(n, '01');
const unsampled = (n: number) => traceOf(n, '00');

let count = 0;

/** What a consumer makes of records with these contexts, when it has them all. */
async function consume(
  t: TestContext,
  traces: readonly (TraceContext | null)[],
  options: Partial<ConsumerOptions> = {},
): Promise<string> {
  count += 1;
  const topic = `t${count}`;
  await log.ensureTopics([{ name: topic, partitions: 1, retentionMs: 60_000 }]);
  const records = traces.map((trace, n) => ({
    key: 'k',
    value: Buffer.from(String(n)),
    headers: trace ? traceHeaders(trace) : {},
  }));
  await log.publish(topic, records, { deadlineMs: 1_000 });
  const done = Promise.withResolvers<void>();
  const moveTo = (nextOffset: bigint) => {
    if (nextOffset === BigInt(traces.length)) done.resolve();
  };
  const { apply, skip, ...others } = options;
  const consumption = await runConsumer({
    ...{ log, topic, group: 'g', deadLettersTopic: 'dead', logger: silentLogger(), registry: new Registry() },
    positions: async () => new Map(),
    async apply(part) {
      await apply?.(part);
      moveTo(part.nextOffset);
    },
    isPoison: (error) => (error as Error).message === 'poison',
    async skip(poison) {
      await skip?.(poison);
      moveTo(poison.nextOffset);
    },
    ...others,
  });
  t.after(() => consumption.stop());
  await done.promise;
  await consumption.stop();
  return topic;
}

const poisonIn =
  (...values: string[]) =>
  async ({ records }: { records: readonly LogRecord[] }) => {
    if (records.some(({ value }) => values.includes(value.toString()))) throw new Error('poison');
  };

test('each record is handled in a span of its own trace, the batch in one that links to them all', async (t) => {
  const recording = recordSpans(t);
  let active: unknown;
  let traces: string[] = [];
  const topic = await consume(t, [sampled(1), unsampled(2), sampled(3)], {
    batchSpan: 'apply batch',
    describe: ({ value }) => ({ n: value.toString() }),
    async apply(part) {
      active = recording.active()?.name;
      traces = part.records.map((record) => part.traceOf(record).traceparent);
    },
  });
  assert.deepEqual(recording.edges(), [
    `caller → publish ${topic}`,
    `caller → publish ${topic}`,
    `process ${topic} → apply batch`,
    `publish ${topic} → process ${topic}`,
    `publish ${topic} → process ${topic}`,
  ]);
  const processed = recording.spans.filter(({ name }) => name === `process ${topic}`);
  assert.deepEqual(
    processed.map(({ context }) => traceIdOf(context)),
    [sampled(1), sampled(3)].map(traceIdOf),
  );
  assert.deepEqual(processed[1]?.attributes, {
    'messaging.system': 'embedded',
    'messaging.operation.type': 'process',
    'messaging.operation.name': 'process',
    'messaging.consumer.group.name': 'g',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': '0',
    'messaging.kafka.offset': 2,
    'messaging.kafka.message.key': 'k',
    'cloudevents.event_id': undefined,
    'cloudevents.event_type': undefined,
    n: '2',
  });
  const batch = recording.spans.find(({ name }) => name === 'apply batch');
  assert.deepEqual(
    batch?.links,
    processed.map(({ context }) => context),
  );
  assert.equal(batch?.parent, processed[0]?.context, 'in the trace of the first');
  assert.equal(batch?.attributes['messaging.batch.message_count'], 3);
  assert.equal(active, 'apply batch');
  assert.deepEqual(traces, [
    processed[0]?.context.traceparent,
    unsampled(2).traceparent,
    processed[1]?.context.traceparent,
  ]);
  assert(recording.spans.every(({ isEnded, failure }) => isEnded && failure === null));
});

test('of traces that are not recorded nothing is, the batch included', async (t) => {
  const recording = recordSpans(t);
  let described = 0;
  await consume(t, [unsampled(1), unsampled(2)], {
    describe() {
      described += 1;
      return {};
    },
    apply: async () => assert.equal(recording.active(), null),
  });
  assert.deepEqual(recording.spans, []);
  assert.equal(described, 0);
});

for (const samples of [true, false])
  test(`a record without a context begins a trace, which is ${samples ? '' : 'not '}recorded`, async (t) => {
    const recording = recordSpans(t, { samples });
    const traces = new Set<string>();
    const topic = await consume(t, [null], {
      async apply({ records: [record], traceOf: contextOf }) {
        for (let n = 0; n < 2; n += 1) traces.add(contextOf(record as LogRecord).traceparent);
      },
    });
    const [context, ...others] = traces;
    assert(context);
    assert.deepEqual(others, [], 'the same whenever it is asked for');
    assert.deepEqual(recording.edges(), samples ? [`- → process ${topic}`, `process ${topic} → handle batch`] : []);
  });

test('a record that cannot be handled fails in its own span alone, under which its dead letter is published', async (t) => {
  const recording = recordSpans(t);
  let skippedIn: unknown;
  const lines: object[] = [];
  const logger = Object.assign(silentLogger(), { error: (line: object) => lines.push(line) }) as Logger;
  const topic = await consume(t, [sampled(1), sampled(2), sampled(3)], {
    apply: poisonIn('1'),
    async skip({ trace }) {
      skippedIn = [recording.active()?.name, traceIdOf(trace)];
    },
    logger,
  });
  const failures = recording.spans.filter(({ name }) => name === `process ${topic}`).map(({ failure }) => failure);
  assert.deepEqual(
    failures.map((failure) => (failure as Error | null)?.message),
    [undefined, 'poison', undefined],
  );
  assert(recording.edges().includes(`process ${topic} → publish dead`));
  assert(recording.spans.every(({ isEnded }) => isEnded));
  assert.deepEqual(skippedIn, [`process ${topic}`, traceIdOf(sampled(2))]);
  assert.deepEqual(
    lines.map((line) => (line as { traceId: string }).traceId),
    [traceIdOf(sampled(2))],
  );
  const letters: LogRecord[] = [];
  const tail = await log.tail({
    topic: 'dead',
    from: new Map([[0, 0n]]),
    onRecords: (all) => void letters.push(...all),
  });
  await tail.ready;
  await tail.stop();
  const published = recording.spans.find(({ name }) => name === 'publish dead');
  assert.equal(letters.at(-1)?.headers.traceparent, published?.context.traceparent);
});

test('a failed record is kept though its trace is not recorded, if that is asked for; the others are not', async (t) => {
  const recording = recordSpans(t, { keepsErrors: true });
  await consume(t, [unsampled(1), unsampled(2)], { apply: poisonIn('0'), keepSpans: false });
  assert.equal(recording.spans.length, 0);
  const topic = await consume(t, [unsampled(1), unsampled(2)], { apply: poisonIn('0'), keepSpans: true });
  assert.deepEqual(
    recording.spans.map(({ name, context, isKept }) => [name, context.traceparent, isKept]),
    [[`process ${topic}`, unsampled(1).traceparent, true]],
  );
});

test('each time that records come again after an outage is a span of its own; the outage keeps no others', async (t) => {
  const recording = recordSpans(t, { keepsErrors: true });
  let tries = 0;
  const topic = await consume(t, [sampled(1), unsampled(2)], {
    keepSpans: true,
    async apply() {
      tries += 1;
      if (tries === 1) throw new Error('the database is away');
    },
  });
  assert.deepEqual(recording.edges(), [
    `caller → publish ${topic}`,
    ...Array(2).fill(`process ${topic} → handle batch`),
    ...Array(2).fill(`publish ${topic} → process ${topic}`),
  ]);
  const failures = recording.spans.filter(({ name }) => name === `process ${topic}`).map(({ failure }) => failure);
  assert.deepEqual(
    failures.map((failure) => (failure as Error | null)?.message),
    ['the database is away', undefined],
  );
  assert(recording.spans.every(({ isEnded }) => isEnded));
});

test('what takes long is told to the recorder from its begin, which may keep it though its trace is not recorded', async (t) => {
  const asked: { name: string; options: SpanOptions }[] = [];
  setSpanRecorder({
    samples: () => false,
    start(name, options) {
      asked.push({ name, options });
      return null;
    },
    run: (_, work) => work(),
  });
  t.after(() => setSpanRecorder(null));
  let begunMs = 0;
  const apply = async () => {
    begunMs = Date.now();
    await until('the clock goes on', () => Date.now() > begunMs);
  };
  await consume(t, [unsampled(1)], { apply, keepSpans: false });
  assert.equal(asked.length, 0);
  const topic = await consume(t, [unsampled(1)], { apply, keepSpans: true });
  const [first, ...others] = asked;
  assert.deepEqual(others, []);
  assert.deepEqual([first?.name, first?.options.keep], [`process ${topic}`, true]);
  assert((first?.options.startMs ?? Number.POSITIVE_INFINITY) <= begunMs);
});
