import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import type { DeadLetterView, TopicsCheck } from '@tributary/event-log/operations';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { productCommands, productEvents, topics } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { Registry } from 'prom-client';
import { v7 } from 'uuid';
import { openPglite } from '../database/pglite.ts';
import { create, remove, update } from '../testing/commands.ts';
import { createWriter } from '../writer.ts';
import { createWriterOperations } from './index.ts';
import type { OutboxStatus } from './outbox.ts';
import type { ShownCommand } from './product/command.ts';
import type { ProductHistory } from './product/history.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-writer-operations-'));
const logger = silentLogger();
const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger });
await log.ensureTopics(topics);
const database = await openPglite();
const operations = createWriterOperations({ log, database, topicSettings: topics });
const signal = new AbortController().signal;

function run<Result>(name: string, input: object = {}, progress: (report: unknown) => void = () => {}) {
  const found = operations.find((one) => one.name === name);
  assert(found, name);
  return found.run(input, { signal, progress }) as Promise<Result>;
}
const show = (id: string) => run<ShownCommand>('commands.show', { id });

async function send(command: ProductCommand, key = command.productId): Promise<void> {
  const value = ProductCommand.encode(command).finish();
  await log.publish(productCommands.name, [{ key, value, headers: {} }], { deadlineMs: 1_000 });
}
const untilDecided = (id: string) => until('the command is decided', async () => (await show(id)).decided);

// Before there is a writer.
const lamp = create({ name: 'Lamp', idempotencyKey: 'lamp' });
await send(lamp);
const brighter = update(lamp.productId, { price: '25' });
await send(brighter);
const pending = await show(brighter.commandId);
const before = await run<OutboxStatus>('outbox.status');

const shared = { log, database, host: '127.0.0.1', grpcPort: 0, logger, signal };
const writer = await createWriter({ ...shared, registry: new Registry() });
after(async () => {
  await writer.stop();
  await database.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a command that waits is pending, with how many are before it', () => {
  assert.equal(pending.state, 'PENDING');
  assert.equal(pending.waiting?.before, 1);
  assert.equal(pending.decided, null);
});

test('what the writers still have to do is told', async () => {
  assert.equal(before.commands.lag, 2);
  assert.deepEqual(before.backlog, { records: 0, oldestAgeMs: null });
  await untilDecided(brighter.commandId);
  const status = await until('all is done', async () => {
    const now = await run<OutboxStatus>('outbox.status');
    return now.commands.lag === 0 && now.backlog.records === 0 && now;
  });
  assert.equal(status.commands.partitions.length, productCommands.partitions);
});

test('a decided command shows all that is kept of it', async () => {
  await untilDecided(lamp.commandId);
  const { state, decided, waiting, deadLetter } = await show(lamp.commandId.toUpperCase());
  assert.deepEqual([state, waiting, deadLetter], ['COMMITTED', null, null]);
  assert.deepEqual([decided?.productId, decided?.version, decided?.deleted], [lamp.productId, '1', false]);
  assert.deepEqual([decided?.caller, decided?.idempotencyKey, decided?.causationId], ['anonymous', 'lamp', null]);
  assert(Math.abs(Date.parse(decided?.at ?? '') - Date.now()) < 60_000);

  const stale = update(lamp.productId, { price: '1', expectedVersion: 1 });
  await send(stale);
  await untilDecided(stale.commandId);
  const { rejection } = (await show(stale.commandId)).decided ?? {};
  assert.deepEqual([rejection?.code, rejection?.currentVersion], ['VERSION_CONFLICT', '2']);
});

test('a command without a trace is told to be unknown, and why', async () => {
  const unknown = await show(v7());
  assert.equal(unknown.state, 'UNKNOWN');
  assert.match(unknown.note ?? '', /never reached the log/);
  assert.match((await show(v7({ msecs: 0 }))).note ?? '', /older than/);
  await assert.rejects(show('lamp'), { name: 'OperationError', code: 'BAD_INPUT' });
});

test("a product's history tells who did what when, oldest first, without the repeats", async () => {
  const desk = create({ name: 'Desk', caller: 'ann' });
  const wider = update(desk.productId, { name: 'Wide desk', caller: 'bob' });
  const refused = update(desk.productId, { name: 'Desk', expectedVersion: 1 });
  const removed = remove(desk.productId);
  for (const command of [desk, wider, refused, removed]) await send(command);
  await untilDecided(removed.commandId);
  await until('its event is there', async () => (await run<OutboxStatus>('outbox.status')).backlog.records === 0);
  await repeatEventsOf(desk.productId);

  const reports: unknown[] = [];
  const history = await run<ProductHistory>('products.history', { id: desk.productId }, (one) => reports.push(one));
  assert.deepEqual(
    history.events.map(({ version, type, caller, commandId }) => [version, type, caller, commandId]),
    [
      [1, 'ProductCreated', 'ann', desk.commandId],
      [2, 'ProductUpdated', 'bob', wider.commandId],
      [2, 'CommandRejected', 'anonymous', refused.commandId],
      [3, 'ProductDeleted', 'anonymous', removed.commandId],
    ],
  );
  assert.equal(history.events[1]?.product?.name, 'Wide desk');
  assert.equal(history.events[2]?.rejection?.code, 'VERSION_CONFLICT');
  assert.deepEqual([history.complete, history.repeats, history.unreadable], [true, 4, 1]);
  assert.deepEqual([history.current?.version, history.current?.deleted, history.current?.price], [3, true, '19.99']);
  assert.deepEqual(Object.keys(reports[0] as object), ['records', 'total']);
});

/** As a writer does that died before it knew that they were relayed; beside what is no event, and what is of another product. */
async function repeatEventsOf(productId: string): Promise<void> {
  const records: { key: string; value: Uint8Array; headers: Readonly<Record<string, string>> }[] = [];
  const tail = await log.tail({
    topic: productEvents.name,
    from: new Map(Array.from({ length: productEvents.partitions }, (_, partition) => [partition, 0n])),
    onRecords(read) {
      for (const { key, value, headers } of read) if (key === productId) records.push({ key, value, headers });
    },
  });
  await tail.ready;
  await tail.stop();
  const publish = (more: typeof records) => log.publish(productEvents.name, more, { deadlineMs: 1_000 });
  const garbage = { key: productId, value: Buffer.from('garbage'), headers: {} };
  const [{ partition } = { partition: -1 }] = await publish([...records, garbage]);
  for (let n = 0; ; n++) {
    const [neighbour] = await publish([{ ...garbage, key: `another ${n}` }]);
    if (neighbour?.partition === partition) return;
  }
}

test('a history says that it is not complete when its product never was, or when its first events are gone', async () => {
  const nothing = await run<ProductHistory>('products.history', { id: v7() });
  assert.deepEqual([nothing.complete, nothing.events, nothing.current], [false, [], null]);
  await assert.rejects(run('products.history', { id: 'lamp' }), { code: 'BAD_INPUT' });
});

test('a dead command is shown with its command, and replayed as a new one that it caused', async () => {
  const misplaced = create({ name: 'Chair', idempotencyKey: 'chair' });
  await send(misplaced, 'another key');
  await untilDecided(misplaced.commandId);
  const { decided, deadLetter } = await show(misplaced.commandId);
  assert.equal(decided?.rejection?.code, 'INTERNAL');
  assert.match(deadLetter?.reason ?? '', /key/);
  const id = deadLetter?.id ?? '';
  const { content, replayable } = await run<{ content: { commandId: string }; replayable: boolean }>(
    'commands.dead-letters.show',
    { id },
  );
  assert.deepEqual([content.commandId, replayable], [misplaced.commandId, true]);

  const replayed = await run<DeadLetterView>('commands.dead-letters.replay', { id, by: 'ann' });
  const commandId = replayed.resolution?.replayId ?? '';
  await untilDecided(commandId);
  const { state, decided: outcome } = await show(commandId);
  assert.deepEqual(
    [state, outcome?.productId, outcome?.causationId, outcome?.idempotencyKey],
    ['COMMITTED', misplaced.productId, misplaced.commandId, 'chair'],
  );
  assert.equal((await show(misplaced.commandId)).deadLetter?.replayId, commandId);
});

test('what is no command can only be dropped', async () => {
  await log.publish(productCommands.name, [{ key: 'k', value: Buffer.from('garbage'), headers: {} }], {
    deadlineMs: 1_000,
  });
  const letter = await until('it is dead', async () => {
    const { deadLetters } = await run<{ deadLetters: DeadLetterView[] }>('commands.dead-letters.list');
    return deadLetters.find(({ key }) => key === 'k');
  });
  assert.equal((await run<{ content: unknown }>('commands.dead-letters.show', { id: letter.id })).content, null);
  await assert.rejects(run('commands.dead-letters.replay', { id: letter.id }), { code: 'DEAD_LETTER_UNREADABLE' });
  assert.equal((await run<DeadLetterView>('commands.dead-letters.drop', { id: letter.id })).state, 'dropped');
});

test('the topics can be checked', async () => {
  assert.equal((await run<TopicsCheck>('topics.check')).agrees, true);
});
