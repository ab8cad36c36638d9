import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { headers, productCommands, productEvents, topics } from '@tributary/proto/topics.ts';
import { inSpan, silentLogger, startSpan, type TraceContext, traceHeaders, traceIdOf } from '@tributary/service';
import { recordSpans, type SpanRecording } from '@tributary/service/spans';
import { until } from '@tributary/service/testing';
import { Registry } from 'prom-client';
import { openPglite } from './database/pglite.ts';
import { createRelay } from './outbox/relay.ts';
import { create, update } from './testing/commands.ts';
import { unavailable } from './testing/fake-log.ts';
import { EVENTS, givenWriter, recordOf, TRACEPARENT, traceOf } from './testing/given-writer.ts';
import { sqlTestStore } from './testing/stores.ts';
import { createWriter } from './writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-writer-traces-'));
const logger = silentLogger();
const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger });
await log.ensureTopics([...topics, { name: EVENTS, partitions: 1, retentionMs: 60_000 }]);
const database = await openPglite();
const { store, count, close } = sqlTestStore(database);
after(async () => {
  await log.close();
  await close();
  rmSync(folder, { recursive: true, force: true });
});

const traceNumber = (n: number, flags: '00' | '01'): TraceContext => ({
  traceparent: `00-${String(n).padStart(32, '0')}-b7ad6b7169203331-${flags}`,
});
const commandRecord = (command: ProductCommand, trace: TraceContext) => ({
  key: command.productId,
  value: ProductCommand.encode(command).finish(),
  headers: traceHeaders(trace),
});
const publishCommands = (records: ReturnType<typeof commandRecord>[]) =>
  log.publish(productCommands.name, records, { deadlineMs: 1_000 });
const published = (recording: SpanRecording) =>
  recording.spans.filter(({ name, isEnded }) => name === `publish ${productEvents.name}` && isEnded);

function startWriter(registry = new Registry()) {
  const { signal } = new AbortController();
  return createWriter({ log, database, host: '127.0.0.1', grpcPort: 0, logger, registry, signal });
}

test('from a command to its event there is one trace, whose batch lies in it too', async (t) => {
  const recording = recordSpans(t);
  const writer = await startWriter();
  t.after(() => writer.stop());
  const [first, other] = [create(), create()];
  await publishCommands([
    commandRecord(first, traceNumber(1, '01')),
    commandRecord(update(first.productId, { price: '7', expectedVersion: 9 }), traceNumber(2, '01')),
    commandRecord(other, traceNumber(3, '00')),
  ]);
  await until('all are told', async () => published(recording).length === 2 && (await count('outbox')) === 0);
  assert.deepEqual(recording.edges(), [
    `caller → publish ${productCommands.name}`,
    `caller → publish ${productCommands.name}`,
    `process ${productCommands.name} → decide batch`,
    `process ${productCommands.name} → publish ${productEvents.name}`,
    `process ${productCommands.name} → publish ${productEvents.name}`,
    `publish ${productCommands.name} → process ${productCommands.name}`,
    `publish ${productCommands.name} → process ${productCommands.name}`,
  ]);
  assert.deepEqual(
    published(recording).map(({ context, attributes }) => [
      traceIdOf(context),
      attributes['cloudevents.event_type'],
      attributes['tributary.outbox.path'],
    ]),
    [
      [traceIdOf(traceNumber(1, '01')), 'products.v1.ProductCreated', 'memory'],
      [traceIdOf(traceNumber(2, '01')), 'products.v1.CommandRejected', 'memory'],
    ],
  );
  const [processed] = recording.spans.filter(({ name }) => name === `process ${productCommands.name}`);
  assert.equal(processed?.attributes['tributary.command.id'], first.commandId);
  assert.equal(processed.attributes['tributary.command.kind'], 'create');
  const batch = recording.spans.find(({ name }) => name === 'decide batch');
  assert.equal(batch?.links.length, 2);
  assert(recording.spans.every(({ isEnded, failure }) => isEnded && failure === null));
});

test('a command that cannot be read is kept as a failed span, though its trace is not recorded', async (t) => {
  const recording = recordSpans(t, { keepsErrors: true });
  const registry = new Registry();
  const writer = await startWriter(registry);
  t.after(() => writer.stop());
  const bad = { ...commandRecord(create(), traceNumber(4, '00')), value: Buffer.from('no command') };
  await publishCommands([bad, commandRecord(create(), traceNumber(5, '00'))]);
  await until('it is kept', () => recording.spans.length === 1);
  const [kept] = recording.spans;
  assert.equal(kept?.name, `process ${productCommands.name}`);
  assert.equal(traceIdOf(kept.context), traceIdOf(traceNumber(4, '00')));
  assert.equal((kept.failure as Error).name, 'UnreadableCommandError');
});

test('what a writer decided before it died is relayed by another in the same trace', async (t) => {
  const recording = recordSpans(t);
  const died = givenWriter(store);
  t.after(() => died.stop());
  died.log.onPublish = unavailable;
  const span = startSpan('process commands', { parent: { traceparent: TRACEPARENT }, kind: 'consumer' });
  const record = recordOf(create(), 0, 0n);
  await died.handler.apply({ partition: 0, records: [record], nextOffset: 1n, traceOf: () => span.context });
  span.end();
  await died.stop();
  assert.equal(await count('outbox'), 1);

  const next = createRelay({ store, log, logger, registry: new Registry() });
  t.after(() => next.stop());
  await next.takeOver([0]);
  assert.equal(await count('outbox'), 0);
  assert.deepEqual(recording.edges(), ['caller → process commands', `process commands → publish ${EVENTS}`]);
  const relayed = recording.spans.at(-1);
  assert.equal(relayed?.attributes['tributary.outbox.path'], 'table');
  const events: (string | undefined)[] = [];
  const tail = await log.tail({
    topic: EVENTS,
    from: new Map([[0, 0n]]),
    onRecords: (records) => void events.push(...records.map((event) => event.headers[headers.traceparent])),
  });
  await tail.ready;
  await tail.stop();
  assert.deepEqual(events, [relayed.context.traceparent], 'and is read in the context in which it was published');
});

test('what is relayed from memory is no part of the batch that had it start', async (t) => {
  const recording = recordSpans(t);
  const writer = givenWriter(store);
  t.after(() => writer.stop());
  const active: unknown[] = [];
  writer.log.onPublish = (append) => {
    active.push(recording.active());
    append();
  };
  const span = startSpan('decide batch', { parent: { traceparent: TRACEPARENT } });
  const record = recordOf(create(), 0, 0n);
  await inSpan(span, () => writer.handler.apply({ partition: 0, records: [record], nextOffset: 1n, traceOf }));
  await until('it is relayed', async () => (await count('outbox')) === 0);
  assert.deepEqual(active, [null]);
});

test('how long commands took from their acceptance is measured by outcome, once for each', async (t) => {
  const registry = new Registry();
  const writer = await startWriter(registry);
  t.after(() => writer.stop());
  const command = create();
  const record = commandRecord(command, traceNumber(6, '00'));
  await publishCommands([
    record,
    record,
    commandRecord(update(command.productId, { price: '7' }), traceNumber(6, '00')),
    commandRecord(update(command.productId, { price: '8', expectedVersion: 9 }), traceNumber(6, '00')),
  ]);
  const counts = async () => {
    const lines = (await registry.metrics()).matchAll(
      /^tributary_writer_command_outcome_seconds_count\{(.*)\} (\d+)$/gm,
    );
    return [...lines].map(([, labels, times]) => `${labels} ${times}`).sort();
  };
  const expected = ['outcome="COMMITTED" 2', 'outcome="REJECTED" 1'];
  await until('all are decided', async () => String(await counts()) === String(expected));
  const sum = /^tributary_writer_command_outcome_seconds_sum\{outcome="REJECTED"\} (.*)$/m.exec(
    await registry.metrics(),
  );
  assert(Number(sum?.[1]) < 60, 'seconds since the command was made');
});
