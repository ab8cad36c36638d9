import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { startEngines } from '@tributary/engines';
import { createKafkaEventLog } from '@tributary/event-log/kafka';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { ProductWriterClient, Wait } from '@tributary/proto/gen/products/v1/writer.ts';
import { productCommands, productEvents, topics } from '@tributary/proto/topics.ts';
import { callUnary, grpcErrorCode, readinessOf, silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { sql } from 'drizzle-orm';
import { Registry } from 'prom-client';
import type { Database } from './database/database.ts';
import { openPglite } from './database/pglite.ts';
import { create } from './testing/commands.ts';
import { createWriter } from './writer.ts';

const COMMANDS = 1_200;
/** Fewer than the commands that are in hand when Kafka goes away. */
const MAX_BACKLOG = 20;
const deadline = { deadlineMs: 10_000 };
const within = 40_000;

const logger = silentLogger();
const { addresses, engines, stop } = await startEngines(['kafka'], { report: () => {} });
const log = await createKafkaEventLog({ brokers: addresses.kafkaBrokers, clientId: 'outage', logger });
await log.ensureTopics(topics);
const database = await openPglite();
const registry = new Registry();
async function counts(): Promise<{ decided: number; waiting: number }> {
  const [row] = await database.rows<{ decided: bigint; waiting: bigint }>(
    sql`select (select count(*) from inbox) as decided, (select count(*) from outbox) as waiting`,
  );
  return { decided: Number(row?.decided), waiting: Number(row?.waiting) };
}
const metric = async (name: string) => (await registry.getSingleMetric(name)?.get())?.values[0]?.value ?? 0;

test('while Kafka is away, commands that were fetched are decided until too many events wait, new ones are refused, and nothing is lost', async (t) => {
  // The batches in hand wait here until Kafka is away.
  const kafkaIsAway = Promise.withResolvers<void>();
  let isHeld = false;
  let inHand = 0;
  const gated: Database = {
    ...database,
    async transaction(run) {
      if (isHeld) {
        inHand += 1;
        await kafkaIsAway.promise;
      }
      return database.transaction(run);
    },
  };
  const writer = await createWriter({
    ...{ log, database: gated, host: '127.0.0.1', grpcPort: 0, logger, registry, signal: new AbortController().signal },
    ...{ maxOutboxBacklog: MAX_BACKLOG, maxBatchCommands: 20 },
  });
  const client = new ProductWriterClient(`127.0.0.1:${writer.grpcPort}`, grpc.credentials.createInsecure());
  t.after(async () => {
    client.close();
    await writer.stop();
  });
  const execute = () =>
    callUnary(
      client,
      client.executeCommand,
      {
        ...{ caller: '', wait: Wait.WAIT_NONE },
        body: { $case: 'create', value: { name: 'Late', description: 'A thing.', price: '1' } },
      },
      deadline,
    );
  isHeld = true;
  const commands = Array.from({ length: COMMANDS }, () => create());
  for (let from = 0; from < COMMANDS; from += 500) {
    const records = commands.slice(from, from + 500).map((command) => ({
      ...{ key: command.productId, headers: {} },
      value: ProductCommand.encode(command).finish(),
    }));
    await log.publish(productCommands.name, records, deadline);
  }

  await until('a batch of each partition is in hand', () => inHand >= productCommands.partitions, within);
  await engines.kafka.kill();
  isHeld = false;
  kafkaIsAway.resolve();

  const outbox = writer.checks.find(({ name }) => name === 'outbox');
  await until('it says that too many events wait', async () => (await outbox?.check()) !== null, within);
  assert.equal((await readinessOf(writer.checks)).ready, false);
  assert((await metric('tributary_writer_outbox_backlog_records')) > MAX_BACKLOG);
  const { decided, waiting } = await counts();
  assert(decided >= productCommands.partitions, 'what was in hand was decided');
  assert(decided < COMMANDS, 'and no more than there was room for');
  assert.equal(waiting, decided, 'and waits for Kafka');
  await until('new commands are refused, for sure', () =>
    execute().then(
      () => false,
      (error) => grpcErrorCode(error) === 'UNAVAILABLE',
    ),
  );

  await engines.kafka.restart();
  await until('all is decided', async () => (await counts()).decided >= COMMANDS, within);
  await until('all is told', async () => (await counts()).waiting === 0, within);
  await until('it is ready again', async () => (await readinessOf(writer.checks)).ready, within);
  await until('new commands are taken', () => execute().then(Boolean, () => false), within);

  const told = new Set<string>();
  const ranges = await log.offsets(productEvents.name);
  const tail = await log.tail({
    topic: productEvents.name,
    from: new Map([...ranges].map(([partition, { start }]) => [partition, start])),
    onRecords(records) {
      for (const { value } of records) told.add(ProductEvent.decode(value).commandId);
    },
  });
  await tail.ready;
  await tail.stop();
  const missing = commands.filter(({ commandId }) => !told.has(commandId));
  assert.deepEqual(missing, [], 'every command has its event');
});

after(async () => {
  await log.close();
  await database.close();
  await stop();
});
