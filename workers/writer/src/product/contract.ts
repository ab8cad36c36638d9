import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { outcomeOf, rejectionName } from '@tributary/product';
import type { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import type { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { headers } from '@tributary/proto/topics.ts';
import { until } from '@tributary/service/testing';
import { v7 } from 'uuid';
import { again, create, remove, update } from '../testing/commands.ts';
import { createFakeLog } from '../testing/fake-log.ts';
import { COMMANDS, givenWriter, recordOf, TRACEPARENT, traceOf } from '../testing/given-writer.ts';
import type { TestStore } from '../testing/stores.ts';
import { statusOf } from './outcome.ts';
import type { ProductSession, ProductWriteStore } from './products.ts';

/** What holds for the write model on every write store. */
export function writeModelContract(name: string, open: () => Promise<TestStore>) {
  describe(`write model on ${name}`, async () => {
    const { store, clear, count, close } = await open();
    const writers: ReturnType<typeof givenWriter>[] = [];
    function given(options: Parameters<typeof givenWriter>[1] & { store?: ProductWriteStore } = {}) {
      const writer = givenWriter(options.store ?? store, options);
      writers.push(writer);
      return writer;
    }
    const stopWriters = () => Promise.all(writers.splice(0).map((writer) => writer.stop()));
    beforeEach(async () => {
      await stopWriters();
      await clear();
    });
    after(async () => {
      await stopWriters();
      await close();
    });

    /** What the inbox says of a command. */
    async function outcome({ commandId }: ProductCommand): Promise<string> {
      const entry = await store.inbox.find(commandId);
      if (!entry) return 'unknown';
      const { state, version, rejection } = statusOf(entry);
      return state === CommandState.COMMAND_STATE_COMMITTED
        ? `committed ${version}`
        : rejectionName((rejection as NonNullable<typeof rejection>).code);
    }
    const outcomes = (commands: readonly ProductCommand[]) => Promise.all(commands.map(outcome));
    async function relayed(writer: ReturnType<typeof given>, events: number): Promise<ProductEvent[]> {
      await until(`${events} events are relayed`, () => writer.events().length >= events);
      await until('the outbox is empty', async () => (await count('outbox')) === 0);
      assert.equal(writer.events().length, events);
      return writer.events();
    }

    test('commands of one product in one batch build on each other, and each ends in one event', async () => {
      const writer = given();
      const first = create();
      const id = first.productId;
      const commands = [first, update(id, { price: '7.5000' }), update(id, { price: '7.5' }), remove(id), remove(id)];
      await writer.handle(commands);

      const events = await relayed(writer, 5);
      assert.deepEqual(
        events.map(({ version, body }) => `${version} ${body?.$case}`),
        ['1 created', '2 updated', '2 completed', '3 deleted', '3 rejected'],
      );
      assert.deepEqual(
        events.map(({ commandId }) => commandId),
        commands.map(({ commandId }) => commandId),
      );
      const [, updated] = events;
      assert(updated?.body?.$case === 'updated');
      assert.equal(updated.body.value.product?.price, '7.5');
      assert.deepEqual(await outcomes(commands), [
        'committed 1',
        'committed 2',
        'committed 2',
        'committed 3',
        'NOT_FOUND',
      ]);
      assert.equal((await store.products.find(id)).kind, 'deleted');
    });

    test('an event says what it is in its headers, in the trace of its command', async () => {
      const writer = given();
      const command = create();
      await writer.handle([command]);
      const [event] = await relayed(writer, 1);
      const [record] = writer.log.records;
      assert.equal(record?.key, command.productId);
      assert.deepEqual(record.headers, {
        [headers.specVersion]: '1.0',
        [headers.eventId]: event?.eventId,
        [headers.eventType]: 'products.v1.ProductCreated',
        [headers.eventSource]: '/tributary/writer',
        [headers.eventTime]: new Date(Number(event?.occurredAtMs)).toISOString(),
        [headers.contentType]: 'application/protobuf',
        [headers.traceparent]: TRACEPARENT,
      });
    });

    test('what is stored comes back as it was written', async () => {
      const writer = given();
      const odd = { name: '“Ünï” \\ \'x\' {a,b} "q" NULL 😀', price: '99999999999.0001' };
      const { productId, ...command } = create(odd);
      await writer.handle([{ ...command, productId }]);
      const state = await store.products.find(productId);
      assert(state.kind === 'present');
      assert.equal(state.product.name, odd.name);
      assert.equal(state.product.price, odd.price);
      const next = update(productId, { price: '100' });
      await writer.handle([next]);
      const changed = await store.products.find(productId);
      assert.equal(changed.kind === 'present' && changed.product.price, '100');
    });

    test('what the inbox says of a command is what its event says', async () => {
      const writer = given();
      const first = create({ idempotencyKey: 'k' });
      const id = first.productId;
      await writer.handle([
        first,
        again(first),
        create({ idempotencyKey: 'k', name: 'Other' }),
        update(id, { expectedVersion: 5, price: '1' }),
        update(v7(), { price: '1', idempotencyKey: 'lost' }),
        remove(id, { idempotencyKey: 'gone' }),
      ]);
      await writer.handle([remove(id, { idempotencyKey: 'gone' })]);
      for (const event of await relayed(writer, 7)) {
        const entry = await store.inbox.find(event.commandId);
        assert(entry);
        assert.deepEqual(printable(statusOf(entry)), printable(outcomeOf(event)));
      }
    });

    describe('a record that comes again', () => {
      test('emits nothing, in the same batch or a later one', async () => {
        const writer = given();
        const first = create();
        const second = update(first.productId, { price: '1' });
        await writer.handle([first, first, second]);
        await writer.handle([first, second]);
        assert.equal((await relayed(writer, 2)).length, 2);
        assert.deepEqual(await outcomes([first, second]), ['committed 1', 'committed 2']);
      });

      test('to another writer emits nothing', async () => {
        const [one, other] = [given(), given()];
        const command = create();
        await one.handle([command]);
        await other.handle([command]);
        await relayed(one, 1);
        assert.equal(other.events().length, 0);
      });
    });

    describe('positions', () => {
      test('are stored with the effects and never go back', async () => {
        const writer = given();
        const record = recordOf(create(), 3, 41n);
        await writer.handler.apply({ partition: 3, records: [record], nextOffset: 42n, traceOf });
        await writer.handler.apply({ partition: 3, records: [record], nextOffset: 20n, traceOf });
        assert.deepEqual(await store.positions.read('writer', COMMANDS, [3, 4]), new Map([[3, 42n]]));
        assert.deepEqual(await writer.handler.positions([3]), new Map([[3, 42n]]));
      });
    });

    describe('an idempotency key', () => {
      test('has one effect, in one batch or over several', async () => {
        const writer = given();
        const first = create({ idempotencyKey: 'k' });
        const repeats = [again(first), again(first), again(first)] as const;
        await writer.handle([first, repeats[0]]);
        await writer.handle([repeats[1], repeats[2]]);
        const events = await relayed(writer, 4);
        assert.deepEqual(
          events.map(({ body }) => body?.$case),
          ['created', 'completed', 'completed', 'completed'],
        );
        for (const { body } of events.slice(1))
          assert.equal(body?.$case === 'completed' && body.value.originalCommandId, first.commandId);
        assert.deepEqual(await outcomes(repeats), ['committed 1', 'committed 1', 'committed 1']);
      });

      test('answers the first outcome, though the product has gone on since', async () => {
        const writer = given();
        const first = create({ idempotencyKey: 'k' });
        const repeat = again(first);
        await writer.handle([first, update(first.productId, { price: '2' }), remove(first.productId), repeat]);
        assert.equal(await outcome(repeat), 'committed 1');
      });

      test('repeats a refusal alike', async () => {
        const writer = given();
        const id = v7();
        const refused = update(id, { price: '2', idempotencyKey: 'k' });
        const repeat = again(refused);
        await writer.handle([refused, create({ productId: id }), repeat]);
        assert.equal(await outcome(repeat), 'NOT_FOUND');
        const event = (await relayed(writer, 3)).at(-1);
        assert(event?.body?.$case === 'completed');
        assert.equal(event.body.value.originalCommandId, refused.commandId);
      });

      test('with another content is refused, whatever the kind of command', async () => {
        const writer = given();
        const first = create({ idempotencyKey: 'k', price: '1.50' });
        const same = create({ idempotencyKey: 'k', price: '1.5' });
        const other = create({ idempotencyKey: 'k', price: '1.51' });
        const change = update(first.productId, { idempotencyKey: 'k', price: '3' });
        await writer.handle([first, same, other]);
        await writer.handle([change]);
        assert.deepEqual(await outcomes([first, same, other, change]), [
          'committed 1',
          'committed 1',
          'IDEMPOTENCY_KEY_REUSED',
          'IDEMPOTENCY_KEY_REUSED',
        ]);
      });

      test('is its caller’s alone', async () => {
        const writer = given();
        const commands = ['anna', 'bert'].map((caller) => create({ idempotencyKey: 'k', caller }));
        await writer.handle(commands);
        assert.deepEqual(await outcomes(commands), ['committed 1', 'committed 1']);
      });

      test('is free again when the inbox has forgotten it', async () => {
        const writer = given({ nowMs: () => 1_000 });
        const id = v7();
        await writer.handle([create({ productId: id })]);
        const first = update(id, { price: '2', idempotencyKey: 'k' });
        await writer.handle([first]);
        assert.equal(await store.inbox.forgetBefore(1_000, 10), 0);
        assert.equal(await store.inbox.forgetBefore(1_001, 1), 1, 'not more at once than asked for');
        assert.equal(await store.inbox.forgetBefore(1_001, 10), 1);
        const other = update(id, { price: '3', idempotencyKey: 'k' });
        await writer.handle([other]);
        assert.equal(await outcome(other), 'committed 3');
      });
    });

    describe('a command that cannot be handled', () => {
      test('is rejected as INTERNAL, with the position, and its key is free', async () => {
        const writer = given();
        const command = create({ idempotencyKey: 'k' });
        await writer.skip(recordOf(command, 2, 0n));
        const [event] = await relayed(writer, 1);
        assert.equal(event?.productId, command.productId);
        assert.equal(event?.body?.$case, 'rejected');
        assert.equal(await outcome(command), 'INTERNAL');
        assert.deepEqual(await store.positions.read('writer', COMMANDS, [2]), new Map([[2, 1n]]));
        const retried = again(command);
        await writer.handle([command, retried]);
        assert.deepEqual(await outcomes([command, retried]), ['INTERNAL', 'committed 1']);
      });

      test('does not change an outcome that is known', async () => {
        const writer = given();
        const command = create();
        await writer.handle([command]);
        await writer.skip(recordOf(command, 0, 1n));
        await relayed(writer, 1);
        assert.equal(await outcome(command), 'committed 1');
      });

      test('has an outcome though nothing but its id can be read', async () => {
        const writer = given();
        const command = { ...create(), productId: 'no id', caller: 'nul \u0000', idempotencyKey: 'k' };
        await writer.skip(recordOf(command, 0, 0n));
        const [event] = await relayed(writer, 1);
        assert.equal(event?.commandId, command.commandId);
        assert.equal(await outcome(command), 'INTERNAL');
        const entry = await store.inbox.find(command.commandId);
        assert.deepEqual(entry && printable(statusOf(entry)), printable(outcomeOf(event)));
      });

      test('is told of under a key of the writer’s own, whatever key it came with', async () => {
        const writer = given();
        const readable = create();
        const unreadable = { ...create(), productId: 'no id' };
        await writer.skip({ ...recordOf(readable, 0, 0n), key: 'nul \u0000' });
        await writer.skip({ ...recordOf(unreadable, 0, 1n), key: 'long '.repeat(10_000) });
        await relayed(writer, 2);
        assert.deepEqual(
          writer.log.records.map(({ key }) => key),
          [readable.productId, unreadable.commandId],
        );
      });

      test('moves the position though it says nothing', async () => {
        const writer = given();
        await writer.skip({ value: Buffer.from('no protobuf'), key: null });
        assert.equal(await count('inbox'), 0);
        assert.deepEqual(await store.positions.read('writer', COMMANDS, [0]), new Map([[0, 1n]]));
      });

      test('is told apart from an outage', async () => {
        const writer = given();
        const errorOf = (change: object) => {
          const record = { ...recordOf(create(), 0, 0n), ...change };
          return writer.handler.apply({ partition: 0, records: [record], nextOffset: 1n, traceOf }).then(
            () => assert.fail('it was handled'),
            (error: unknown) => error,
          );
        };
        assert(writer.handler.isPoison(await errorOf({ value: Buffer.from('no protobuf') })));
        assert(writer.handler.isPoison(await errorOf({ key: v7() })), 'the key of another product');
        assert(writer.handler.isPoison(await errorOf({ value: recordOf({ ...create(), caller: '' }, 0, 0n).value })));
        const withCode = (code: string, constraint?: string) => Object.assign(new Error(), { code, constraint });
        assert(writer.handler.isPoison(withCode('22003')));
        assert(writer.handler.isPoison(withCode('23514', 'products_price_not_negative')));
        for (const code of ['ECONNREFUSED', '57P01', '40001', '53300', '22'])
          assert(!writer.handler.isPoison(withCode(code)), code);
        assert(!writer.handler.isPoison(withCode('23505', 'inbox_idempotency_key')), 'a race');
        assert(!writer.handler.isPoison(new TypeError('a defect of ours')));
        assert.equal(await count('inbox'), 0);
        assert.equal(await count('consumer_positions'), 0);
      });
    });

    describe('a failure', () => {
      test('before any statement leaves nothing of the batch behind', async () => {
        const log = createFakeLog();
        for (let failAt = 0; ; failAt += 1) {
          await clear();
          const writer = given({ log, store: failing(store, failAt) });
          const first = create({ idempotencyKey: 'k' });
          const commands = [first, update(first.productId, { price: '1' }), again(first)];
          const failed = await writer.handle(commands).then(
            () => false,
            (error: Error) => error.message === 'connection lost',
          );
          if (!failed) {
            assert(failAt >= 6, 'every statement of the transaction was reached');
            return;
          }
          for (const table of ['products', 'inbox', 'outbox', 'consumer_positions'] as const)
            assert.equal(await count(table), 0, `${table} after a failure at statement ${failAt}`);
          await writer.stop();
          const next = given({ log: createFakeLog() });
          await next.handle(commands);
          await relayed(next, 3);
          await next.stop();
        }
      });

      test('of a commit whose answer gets lost loses no event and doubles no effect', async () => {
        let isLost = true;
        const lossy: ProductWriteStore = {
          ...store,
          async transaction(run) {
            const result = await store.transaction(run);
            if (isLost) throw new Error('connection lost');
            return result;
          },
        };
        const writer = given({ store: lossy });
        const command = create();
        await assert.rejects(writer.handle([command]), { message: 'connection lost' });
        isLost = false;
        await writer.handle([command]);
        await relayed(writer, 1);
        assert.equal(await outcome(command), 'committed 1');
      });
    });

    describe('two writers at once', () => {
      test('of one partition change each product once per command', async () => {
        const writers = [given(), given()] as const;
        const products = Array.from({ length: 5 }, () => create());
        const commands = products.flatMap((first) => [
          first,
          ...Array.from({ length: 6 }, (_, index) => update(first.productId, { price: `${index + 1}` })),
        ]);
        for (let at = 0; at < commands.length; at += 7)
          await Promise.all(writers.map((writer) => writer.handle(commands.slice(at, at + 7))));
        await assertConsistent(writers, commands);
      });

      test('of different partitions change the same products without a gap', async () => {
        const writers = [given(), given()] as const;
        const products = Array.from({ length: 4 }, () => create());
        await writers[0].handle(products);
        const all = [...products];
        for (let round = 0; round < 15; round += 1) {
          const batches = writers.map((_, index) =>
            products
              .map(({ productId }) => update(productId, { price: `${round + 1}.${index + 1}` }))
              .sort(() => Math.random() - 0.5),
          );
          all.push(...batches.flat());
          await Promise.all(writers.map((writer, index) => writer.handle(batches[index] ?? [], index)));
        }
        await assertConsistent(writers, all);
      });

      test('that create the same product make it once', async () => {
        const writers = [given(), given()] as const;
        const all: ProductCommand[] = [];
        for (let round = 0; round < 10; round += 1) {
          const commands = [create({ productId: v7(), name: 'one' }), create({ productId: v7(), name: 'two' })];
          const raced = writers.map(() => commands.map(again));
          all.push(...raced.flat());
          await Promise.all(writers.map((writer, index) => writer.handle(raced[index] ?? [], index)));
        }
        const known = await outcomes(all);
        assert.equal(known.filter((state) => state === 'committed 1').length, all.length / 2);
        assert.equal(known.filter((state) => state === 'ALREADY_EXISTS').length, all.length / 2);
        await assertConsistent(writers, all);
      });

      test('that take the same keys in opposite order let each have one effect', async () => {
        const writers = [given(), given()] as const;
        const all: ProductCommand[] = [];
        for (let round = 0; round < 10; round += 1) {
          const ids = [v7(), v7(), v7(), v7()];
          const commands = ids.map((id, index) => update(id, { price: '1', idempotencyKey: `${round}-${index}` }));
          const raced = [commands.map(again), commands.map(again).reverse()];
          all.push(...raced.flat());
          await Promise.all(writers.map((writer, index) => writer.handle(raced[index] ?? [], index)));
        }
        const events = await assertConsistent(writers, all);
        assert.equal(events.filter(({ body }) => body?.$case === 'rejected').length, all.length / 2, 'decided once');
        assert.equal(events.filter(({ body }) => body?.$case === 'completed').length, all.length / 2, 'repeated once');
      });
    });

    /** Every command has one outcome and one event; versions have no gap, in the database and in the topic. */
    async function assertConsistent(
      racing: readonly ReturnType<typeof given>[],
      commands: readonly ProductCommand[],
    ): Promise<ProductEvent[]> {
      await until('the outbox is empty', async () => (await count('outbox')) === 0);
      const events = racing.flatMap((writer) => writer.events());
      const distinct = [...new Map(events.map((event) => [event.eventId, event])).values()];
      assert.deepEqual(
        distinct.map(({ commandId }) => commandId).sort(),
        commands.map(({ commandId }) => commandId).sort(),
        'one event per command',
      );
      assert.equal(await count('inbox'), commands.length);
      const changes = distinct.filter(({ body }) => body && ['created', 'updated', 'deleted'].includes(body.$case));
      for (const [productId, own] of Map.groupBy(changes, (event) => event.productId)) {
        const versions = own.map(({ version }) => Number(version)).sort((a, b) => a - b);
        assert.deepEqual(
          versions,
          versions.map((_, index) => index + 1),
          'versions without a gap',
        );
        const state = await store.products.find(productId);
        assert(state.kind !== 'absent');
        assert.equal(Number(state.product.version), versions.length);
      }
      return distinct;
    }
  });
}

/** The store, until the n-th call in a transaction: then the connection breaks. */
function failing(store: ProductWriteStore, failAt: number): ProductWriteStore {
  return {
    ...store,
    transaction: (run) =>
      store.transaction((session) => {
        let calls = 0;
        const breaking = <Part extends object>(part: Part): Part =>
          new Proxy(part, {
            get:
              (target, name) =>
              async (...args: unknown[]) => {
                if (calls++ === failAt) throw new Error('connection lost');
                return (target as Record<string | symbol, (...args: unknown[]) => unknown>)[name]?.(...args);
              },
          });
        const parts = Object.entries(session).map(([name, part]) => [name, breaking(part)]);
        return run(Object.fromEntries(parts) as ProductSession);
      }),
  };
}

/** The runner cannot show a difference between bigints; a field that is absent and one that is undefined are the same. */
function printable(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (_, field) => (typeof field === 'bigint' ? `${field}n` : field)));
}
