import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { EventLog } from '@tributary/event-log';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { partitionOf } from '@tributary/event-log/partitioner';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { productCommands, productEvents, topics } from '@tributary/proto/topics.ts';
import { silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { sql } from 'drizzle-orm';
import { Registry } from 'prom-client';
import { v7 } from 'uuid';
import type { Database } from '../database/database.ts';
import { openPglite } from '../database/pglite.ts';
import { again, create, remove, update } from '../testing/commands.ts';
import { createWriter, type Writer } from '../writer.ts';
import { readPartition } from './read-partition.ts';
import { type RecoveryOptions, recover } from './recovery.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-recovery-'));
const logger = silentLogger();
const { signal } = new AbortController();
const open: { stop(): Promise<unknown> }[] = [];

after(async () => {
  for (const part of open.reverse()) await part.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A log of its own, and databases and writers on it. */
async function given() {
  const log = createEmbeddedEventLog({ file: join(folder, `${v7()}.sqlite`), logger });
  await log.ensureTopics(topics);
  open.push({ stop: () => log.close() });

  return {
    log,
    async database(): Promise<Database> {
      const database = await openPglite();
      open.push({ stop: () => database.close() });
      return database;
    },
    async writer(database: Database): Promise<Writer> {
      const shared = { log, database, host: '127.0.0.1', grpcPort: 0, logger, signal };
      const writer = await createWriter({ ...shared, registry: new Registry() });
      open.push(writer);
      return writer;
    },
    async send(commands: readonly ProductCommand[], key?: string): Promise<void> {
      for (const command of commands)
        await log.publish(
          productCommands.name,
          [{ key: key ?? command.productId, value: ProductCommand.encode(command).finish(), headers: {} }],
          { deadlineMs: 5_000 },
        );
    },
    events: () => eventsIn(log),
    async ended(commands: number): Promise<void> {
      await until(`${commands} commands have ended`, async () => (await eventsIn(log)).length >= commands);
    },
    recover: (database: Database, options: Partial<RecoveryOptions> = {}) =>
      recover({ log, database, signal, ...options }),
  };
}

async function eventsIn(log: EventLog): Promise<ProductEvent[]> {
  const events: ProductEvent[] = [];
  for (const [partition, { start }] of await log.offsets(productEvents.name))
    await readPartition({
      log,
      topic: productEvents.name,
      partition,
      from: start,
      onRecords: (records) => void events.push(...records.map(({ value }) => ProductEvent.decode(value))),
      signal,
    });
  return events;
}

const tables = ['products', 'inbox', 'outbox', 'consumer_positions'] as const;

async function rowsOf(database: Database, table: (typeof tables)[number]): Promise<unknown> {
  const name = sql.identifier(table);
  const [row] = await database.rows<{ rows: unknown }>(
    sql`select coalesce(json_agg(row order by to_json(row)::text), '[]') as rows from ${name} as row`,
  );
  return row?.rows;
}

/** What a dump and its restoration do. */
async function copy(from: Database, to: Database): Promise<void> {
  for (const table of tables) {
    const rows = JSON.stringify(await rowsOf(from, table));
    const name = sql.identifier(table);
    await to.rows(sql`insert into ${name} select * from json_populate_recordset(null::${name}, ${rows}::json)`);
  }
}

test('the outcomes that were published since the dump are stored as they were, row for row', async () => {
  const { send, ended, events, database, writer, recover: recovered } = await given();
  const lost = await database();
  const running = await writer(lost);
  const [kept, changed] = [create({ idempotencyKey: 'kept' }), create({ name: 'Chair' })];
  await send([kept, changed]);
  await ended(2);

  const restored = await database();
  await until('the outbox is empty', async () => JSON.stringify(await rowsOf(lost, 'outbox')) === '[]');
  await copy(lost, restored);

  const { productId: id } = changed;
  const made = create({ idempotencyKey: 'made', name: 'Clock' });
  const doomed = create({ name: 'Basket' });
  const since = [
    update(id, { price: '5.5000', idempotencyKey: 'priced' }),
    update(id, { name: 'Stool', expectedVersion: 7 }),
    update(id, { price: '5.5' }),
    again(kept),
    update(kept.productId, { price: '1', idempotencyKey: 'kept' }),
    made,
    again(made),
    doomed,
    remove(doomed.productId, { idempotencyKey: 'doomed' }),
    remove(doomed.productId),
    update(v7(), { price: '1', idempotencyKey: 'nothing' }),
    { ...update(id, { price: '9' }), causationId: v7() },
  ];
  await send(since);
  await send([create({ name: 'Misplaced' })], 'not its product');
  await ended(2 + since.length + 1);
  await running.stop();

  const done = await recovered(restored);
  assert.deepEqual(done, { adopted: since.length + 1, known: 2, undecided: 0, unreadable: 0 });
  for (const table of ['products', 'inbox'] as const)
    assert.deepEqual(await rowsOf(restored, table), await rowsOf(lost, table), table);
  assert.deepEqual(await recovered(restored), { adopted: 0, known: 2 + since.length + 1, undecided: 0, unreadable: 0 });

  const published = await events();
  await writer(restored);
  await send([update(id, { price: '10' })]);
  await ended(published.length + 1);
  const last = (await events()).filter(({ eventId }) => !published.some((event) => event.eventId === eventId));
  assert.deepEqual(
    last.map(({ version, productId }) => ({ version, productId })),
    [{ version: 4n, productId: id }],
    'what was published is not decided again, and what comes builds on it',
  );
});

test('who took a key has it still, though its partition is read after that of who came too late', async () => {
  const { send, ended, database, writer, recover: recovered } = await given();
  const lost = await database();
  const running = await writer(lost);
  await send([create({ productId: idIn(5), idempotencyKey: 'shared' })]);
  await ended(1);
  await send([create({ productId: idIn(0), idempotencyKey: 'shared' })]);
  await ended(2);
  await running.stop();

  const restored = await database();
  await recovered(restored);
  assert.deepEqual(await rowsOf(restored, 'inbox'), await rowsOf(lost, 'inbox'));
});

/** A product id whose records lie in a partition. */
function idIn(partition: number): string {
  for (;;) {
    const id = v7();
    if (partitionOf(id, productCommands.partitions) === partition) return id;
  }
}

test('a command whose outcome was not published is left to the writers', async () => {
  const { send, ended, events, database, writer, recover: recovered } = await given();
  const running = await writer(await database());
  const first = create();
  await send([first]);
  await ended(1);
  await running.stop();
  const second = update(first.productId, { price: '2' });
  await send([second]);

  const restored = await database();
  const { adopted, undecided } = await recovered(restored);
  assert.deepEqual({ adopted, undecided }, { adopted: 1, undecided: 1 });
  await writer(restored);
  await ended(2);
  assert.deepEqual(
    (await events()).map(({ version, commandId }) => ({ version, commandId })),
    [first, second].map(({ commandId }, n) => ({ version: BigInt(n + 1), commandId })),
  );
});

test('records that are no events are counted and passed over', async () => {
  const { log, database, recover: recovered } = await given();
  const garbage = { key: 'a', value: Buffer.from('no protobuf'), headers: {} };
  await log.publish(productEvents.name, [garbage], { deadlineMs: 5_000 });
  assert.deepEqual(await recovered(await database()), { adopted: 0, known: 0, undecided: 0, unreadable: 1 });
});

test('while a writer reads commands nothing is touched', async () => {
  const { send, ended, database, writer, recover: recovered } = await given();
  await writer(await database());
  await send([create()]);
  await ended(1);
  const restored = await database();
  await assert.rejects(recovered(restored, { writersGoneMs: 50 }), { code: 'WRITERS_RUN' });
  assert.deepEqual(await rowsOf(restored, 'inbox'), []);
});

test('a dump is refused from which on commands are no longer kept, unless the losses are accepted', async () => {
  const { log, send, ended, events, database, writer, recover: recovered } = await given();
  const running = await writer(await database());
  await send([create({ idempotencyKey: 'gone' })]);
  await ended(1);
  await running.stop();
  const shortened: EventLog = {
    ...log,
    async offsets(topic) {
      const ranges = await log.offsets(topic);
      if (topic !== productCommands.name) return ranges;
      return new Map([...ranges].map(([partition, { end }]) => [partition, { start: end, end }]));
    },
  };
  const restored = await database();
  await assert.rejects(recovered(restored, { log: shortened }), { code: 'COMMANDS_LOST' });
  assert.deepEqual(await rowsOf(restored, 'inbox'), []);

  const { adopted } = await recovered(restored, { log: shortened, acceptLosses: true });
  assert.equal(adopted, 1);
  assert.equal((await events()).length, 1);
});

test('a dump is refused from which on events are no longer kept', async () => {
  const { log, send, ended, database, writer, recover: recovered } = await given();
  const lost = await database();
  const running = await writer(lost);
  const first = create();
  await send([first, update(first.productId, { price: '2' })]);
  await ended(2);
  await running.stop();

  const eightDays = 8 * 86_400_000;
  await assert.rejects(recovered(lost, { nowMs: () => Date.now() + eightDays }), { code: 'EVENTS_LOST' });

  const withoutFirst: EventLog = {
    ...log,
    tail: ({ onRecords, ...options }) =>
      log.tail({
        ...options,
        onRecords: (records) =>
          onRecords(records.filter(({ topic, offset }) => topic !== productEvents.name || offset > 0n)),
      }),
  };
  const restored = await database();
  await assert.rejects(recovered(restored, { log: withoutFirst }), { code: 'EVENTS_LOST' });
});

test('a dump is refused that belongs to a log with more commands', async () => {
  const [known, other] = [await given(), await given()];
  const lost = await known.database();
  const running = await known.writer(lost);
  await known.send([create()]);
  await known.ended(1);
  await running.stop();
  await assert.rejects(other.recover(lost), { code: 'WRONG_LOG' });
});
