import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import * as grpc from '@grpc/grpc-js';
import { createEmbeddedEventLog } from '@tributary/event-log/embedded';
import { CommandState, ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { RejectionCode } from '@tributary/proto/gen/products/v1/product.ts';
import {
  type ExecuteCommandRequest,
  type ExecuteCommandResponse,
  type ExportedItem,
  type ExportProductsResponse,
  ProductWriterClient,
  Wait,
} from '@tributary/proto/gen/products/v1/writer.ts';
import { productCommands, productCommandsDeadLetters, productEvents, topics } from '@tributary/proto/topics.ts';
import { callUnary, grpcErrorCode, readinessOf, silentLogger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { Registry } from 'prom-client';
import { v7 } from 'uuid';
import { openPglite } from './database/pglite.ts';
import { createWriter } from './writer.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-writer-'));
const logger = silentLogger();
const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger });
await log.ensureTopics(topics);
const database = await openPglite();
const shared = { log, database, host: '127.0.0.1', grpcPort: 0, logger, signal: new AbortController().signal };
const writer = await createWriter({ ...shared, registry: new Registry() });
const client = new ProductWriterClient(`127.0.0.1:${writer.grpcPort}`, grpc.credentials.createInsecure());

const events: ProductEvent[] = [];
const tail = await log.tail({
  topic: productEvents.name,
  from: 'end',
  onRecords: (records) => {
    for (const { value } of records) events.push(ProductEvent.decode(value));
  },
});

after(async () => {
  client.close();
  await tail.stop();
  await writer.stop();
  await database.close();
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

const deadline = { deadlineMs: 10_000 };

function execute(request: Partial<ExecuteCommandRequest>): Promise<ExecuteCommandResponse> {
  return callUnary(
    client,
    client.executeCommand,
    { caller: '', wait: Wait.WAIT_OUTCOME, body: undefined, ...request },
    deadline,
  );
}

function create(name: string, idempotencyKey?: string) {
  return execute({
    idempotencyKey,
    body: { $case: 'create', value: { name, description: 'A thing.', price: '19.90' } },
  });
}

async function readAll(): Promise<ExportedItem[]> {
  const all: ExportedItem[] = [];
  for await (const { items } of client.exportProducts({}) as AsyncIterable<ExportProductsResponse>) all.push(...items);
  return all;
}

test('a product is created, changed and deleted, and each command ends in one event', async () => {
  const { productId, command } = await create('Lamp');
  assert.equal(command?.state, CommandState.COMMAND_STATE_COMMITTED);
  assert.equal(command.version, 1n);

  const { product } = await callUnary(client, client.getProduct, { id: productId }, deadline);
  assert.equal(product?.price, '19.9');

  const update = { productId, changes: { price: '7' } };
  const conflict = await execute({ expectedVersion: 9n, body: { $case: 'update', value: update } });
  assert.equal(conflict.command?.rejection?.code, RejectionCode.REJECTION_CODE_VERSION_CONFLICT);
  assert.equal(conflict.command.rejection.currentVersion, 1n);
  const changed = await execute({ expectedVersion: 1n, body: { $case: 'update', value: update } });
  assert.equal(changed.command?.version, 2n);
  const deleted = await execute({ body: { $case: 'delete', value: { productId } } });
  assert.equal(deleted.command?.version, 3n);
  assert.equal(deleted.command.deleted, true);
  await assert.rejects(
    callUnary(client, client.getProduct, { id: productId }, deadline),
    (error) => grpcErrorCode(error) === 'NOT_FOUND',
  );

  const own = events.filter((event) => event.productId === productId);
  assert.deepEqual(
    own.map(({ commandId, version, body }) => [commandId, Number(version), body?.$case]),
    [
      [command.commandId, 1, 'created'],
      [conflict.command.commandId, 1, 'rejected'],
      [changed.command.commandId, 2, 'updated'],
      [deleted.command.commandId, 3, 'deleted'],
    ],
  );
  const status = await callUnary(client, client.getCommand, { commandId: conflict.command.commandId }, deadline);
  assert.deepEqual(status.command, conflict.command);
});

test('a repeated idempotency key makes no second product', async () => {
  const first = await create('Kettle', 'key-1');
  const second = await create('Kettle', 'key-1');
  assert.equal(second.productId, first.productId);
  assert.equal(second.command?.state, CommandState.COMMAND_STATE_COMMITTED);
  assert.equal(second.command.version, 1n);
  const other = await create('Pan', 'key-1');
  assert.equal(other.command?.rejection?.code, RejectionCode.REJECTION_CODE_IDEMPOTENCY_KEY_REUSED);
});

test('a command without an outcome is PENDING while it may still come', async () => {
  const commandId = v7();
  const { command } = await callUnary(client, client.getCommand, { commandId }, deadline);
  assert.equal(command?.state, CommandState.COMMAND_STATE_PENDING);
  const old = v7({ msecs: Date.now() - 8 * 24 * 60 * 60 * 1000 });
  await assert.rejects(
    callUnary(client, client.getCommand, { commandId: old }, deadline),
    (error: grpc.ServiceError) => {
      assert.equal(error.code, grpc.status.NOT_FOUND);
      return true;
    },
  );
  await assert.rejects(
    callUnary(client, client.getCommand, { commandId: 'x' }, deadline),
    (error: grpc.ServiceError) => {
      assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
      return true;
    },
  );
});

test('malformed input is refused with every problem, and nothing is sent', async () => {
  const before = (await readAll()).length;
  await assert.rejects(
    execute({ body: { $case: 'create', value: { name: '', description: 'd', price: '-1' } } }),
    (error: grpc.ServiceError) => {
      assert.equal(error.code, grpc.status.INVALID_ARGUMENT);
      assert.match(error.details, /name: .*price: /);
      return true;
    },
  );
  await assert.rejects(execute({}), (error) => grpcErrorCode(error) === 'BAD_USER_INPUT');
  assert.equal((await readAll()).length, before);
});

test('an export has products, tombstones, and outcomes as of when they were decided', async () => {
  const kept = await create('Kept');
  const gone = await create('Gone');
  await execute({ body: { $case: 'delete', value: { productId: gone.productId } } });
  const items = (await readAll()).map(({ item }) => item);
  const product = items.find((item) => item?.$case === 'product' && item.value.id === kept.productId);
  assert.equal(product?.$case === 'product' && product.value.name, 'Kept');
  const tombstone = items.find((item) => item?.$case === 'tombstone' && item.value.id === gone.productId);
  assert.equal(tombstone?.$case === 'tombstone' && tombstone.value.version, 2n);
  const outcome = items.find(
    (item) => item?.$case === 'outcome' && item.value.status?.commandId === kept.command?.commandId,
  );
  assert(outcome?.$case === 'outcome');
  assert.deepEqual(outcome.value.status, kept.command);
  const event = events.find(({ commandId }) => commandId === kept.command?.commandId);
  assert.equal(outcome.value.decidedAtMs, event?.occurredAtMs);
});

test('commands that cannot be read are kept as dead letters, rejected where they have an id, and hold up no other', async () => {
  const { productId: key } = await create('Before');
  const renamed = (name: string): ProductCommand => ({
    commandId: v7(),
    productId: key,
    caller: 'foreign',
    issuedAtMs: BigInt(Date.now()),
    idempotencyKey: name,
    body: { $case: 'update', value: { name } },
  });
  const commands = [renamed('First'), renamed('nul \u0000'), renamed('Last')];
  const [first, malformed, last] = commands.map((command) => Buffer.from(ProductCommand.encode(command).finish()));
  assert(first && malformed && last);
  const values = [first, Buffer.from([255, 255]), malformed, last];
  const records = values.map((value) => ({ key, value, headers: {} }));
  await log.publish(productCommands.name, records, deadline);

  const stateOf = async ({ commandId }: ProductCommand) =>
    (await callUnary(client, client.getCommand, { commandId }, deadline)).command;
  await until('all have ended', async () =>
    (await Promise.all(commands.map(stateOf))).every((status) => status?.state !== CommandState.COMMAND_STATE_PENDING),
  );
  const [, rejected] = await Promise.all(commands.map(stateOf));
  assert.equal(rejected?.rejection?.code, RejectionCode.REJECTION_CODE_INTERNAL);
  const { product } = await callUnary(client, client.getProduct, { id: key }, deadline);
  assert.deepEqual([product?.name, product?.version], ['Last', 3n]);
  await until('the outcomes are told', () => events.some(({ commandId }) => commandId === commands[2]?.commandId));
  const told = events.filter(({ caller }) => caller === 'foreign');
  assert.deepEqual(
    told.map(({ commandId }) => commandId),
    commands.map(({ commandId }) => commandId),
    'each once, in order',
  );
  const dead: Buffer[] = [];
  const letters = await log.tail({
    topic: productCommandsDeadLetters.name,
    from: new Map([[0, 0n]]),
    onRecords: (found) => void dead.push(...found.map(({ value }) => value)),
  });
  await letters.ready;
  await letters.stop();
  assert.deepEqual(dead, [values[1], values[2]]);
});

test('it is ready', async () => {
  const { ready, checks } = await readinessOf(writer.checks);
  assert.equal(ready, true, JSON.stringify(checks));
});

test('a command that could outlive the memory of it is no configuration to start with', async () => {
  await assert.rejects(
    createWriter({ ...shared, registry: new Registry(), commandsRetentionMs: 5_000, inboxRetentionMs: 5_000 }),
    { name: 'StartError', code: 'RETENTION_TOO_LONG' },
  );
});
