import assert from 'node:assert/strict';
import { after, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { EventLogError } from '@tributary/event-log';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { readinessOf } from '@tributary/service';
import { createRandom } from '@tributary/service/random';
import { until } from '@tributary/service/testing';
import { create, update } from '../testing/commands.ts';
import { createFakeLog, type PublishedRecord, unavailable } from '../testing/fake-log.ts';
import { givenWriter } from '../testing/given-writer.ts';
import type { TestStore } from '../testing/stores.ts';

/** What holds for the way of events from the outbox to their topic, on every write store. */
export function outboxContract(name: string, open: () => Promise<TestStore>) {
  describe(`outbox on ${name}`, async () => {
    const { store, clear, count, close } = await open();
    const writers: ReturnType<typeof givenWriter>[] = [];
    /** Several writers before one topic, each with its own way to it. */
    function given(records: PublishedRecord[], options: Parameters<typeof givenWriter>[1] = {}) {
      const writer = givenWriter(store, { log: createFakeLog(records), leftBehindMs: 60_000, ...options });
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
    const untilEmpty = () => until('the outbox is empty', async () => (await count('outbox')) === 0);

    test('events go out after the commit, and leave the outbox when they are acknowledged', async () => {
      const records: PublishedRecord[] = [];
      const writer = given(records);
      const acknowledged = Promise.withResolvers<void>();
      writer.log.onPublish = async (append) => {
        append();
        await acknowledged.promise;
      };
      await writer.handle([create()]);
      await until('it is published', () => records.length === 1);
      assert.equal(await count('outbox'), 1);
      acknowledged.resolve();
      await untilEmpty();
      assert.equal(records.length, 1);
    });

    for (const partition of [0, 1])
      test(`a change does not overtake one that stalls on another writer (partition ${partition})`, async () => {
        const records: PublishedRecord[] = [];
        const [stalled, other] = [given(records), given(records)];
        const first = create();
        const id = first.productId;
        await stalled.handle([first, update(id, { price: '2' })]);
        await untilEmpty();
        const released = Promise.withResolvers<void>();
        stalled.log.onPublish = async (append) => {
          await released.promise;
          append();
        };
        await stalled.handle([update(id, { price: '3' })]);
        await other.handle([update(id, { price: '4' })], partition);
        await other.handle([update(id, { price: '5' })], partition);
        if (partition === 0) {
          await untilEmpty();
          assert.deepEqual(versionsOf(records), [1, 2, 3, 4, 5]);
        } else {
          await until('the change behind is relayed', () => records.length >= 5);
          assert.deepEqual(versionsOf(records).slice(0, 5), [1, 2, 3, 4, 5]);
        }
        released.resolve();
        await until(
          'the stalled writer goes on',
          () => versionsOf(records).filter((version) => version === 3).length > 1,
        );
        assertInOrder(records);
      });

    test('a change does not overtake one that is on the way from the same memory and fails', async () => {
      const records: PublishedRecord[] = [];
      const writer = given(records);
      const first = create();
      const failed = Promise.withResolvers<void>();
      let publishes = 0;
      writer.log.onPublish = async (append) => {
        publishes += 1;
        if (publishes === 1) {
          await failed.promise;
          throw new EventLogError('NOT_CONFIRMED', 'late');
        }
        append();
      };
      await writer.handle([first]);
      await writer.handle([update(first.productId, { price: '2' })]);
      const third = writer.handle([update(first.productId, { price: '3' })]);
      failed.resolve();
      await third;
      await untilEmpty();
      assert.deepEqual(versionsOf(records), [1, 2, 3]);
    });

    test('whoever takes a partition over relays first what its last owner left', async () => {
      const records: PublishedRecord[] = [];
      const [died, next] = [given(records), given(records)];
      const released = Promise.withResolvers<void>();
      died.log.onPublish = () => released.promise;
      await died.handle([create(), create()], 4);
      await next.handler.positions([1, 2]);
      assert.equal(records.length, 0, 'of another partition');
      await next.handler.positions([3, 4]);
      assert.equal(records.length, 2);
      assert.equal(await count('outbox'), 0);
      released.resolve();
    });

    test('what nobody takes over is relayed when it is old enough', async () => {
      const records: PublishedRecord[] = [];
      const died = given(records);
      const released = Promise.withResolvers<void>();
      died.log.onPublish = () => released.promise;
      await died.handle([create()], 9);
      const young = given(records);
      await until('the backlog is measured', async () => (await metric(young, 'backlog_records')) === 1);
      assert.equal(records.length, 0, 'it may still be on its way');
      given(records, { nowMs: () => Date.now() + 120_000 });
      await untilEmpty();
      assert.equal(records.length, 1);
      released.resolve();
    });

    test('while the log is away commands are decided, and relayed in order when it is back', async () => {
      const records: PublishedRecord[] = [];
      const writer = given(records);
      writer.log.onPublish = unavailable;
      const products = [create(), create()] as const;
      await writer.handle(products);
      for (const price of ['2', '3', '4'])
        await writer.handle(products.map(({ productId }) => update(productId, { price })));
      await until('the backlog shows', async () => (await metric(writer, 'backlog_records')) === 8);
      assert((await metric(writer, 'oldest_seconds')) > 0);
      assert.equal(records.length, 0);
      writer.log.onPublish = (append) => append();
      await untilEmpty();
      assert.equal(records.length, 8);
      assertInOrder(records);
    });

    test('no more commands are decided when too many events wait', async () => {
      const writer = given([], { maxBacklog: 2 });
      writer.log.onPublish = unavailable;
      await writer.handle([create(), create(), create()]);
      await until('it is noticed', async () => !(await readinessOf(writer.relay.checks)).ready);
      const command = create();
      await assert.rejects(writer.handle([command]), { code: 'OUTBOX_BACKLOG' });
      assert.equal(await count('inbox'), 3);
      writer.log.onPublish = (append) => append();
      await untilEmpty();
      await until('there is room again', async () => (await readinessOf(writer.relay.checks)).ready);
      await writer.handle([command]);
    });

    test('an acknowledgement that gets lost repeats events and loses none', async () => {
      const records: PublishedRecord[] = [];
      const writer = given(records);
      let lost = 0;
      writer.log.onPublish = (append) => {
        append();
        if (lost++ < 2) throw new EventLogError('NOT_CONFIRMED', 'late');
      };
      const first = create();
      await writer.handle([first, update(first.productId, { price: '2' })]);
      await untilEmpty();
      assert.deepEqual(versionsOf(records), [1, 2, 1, 2, 1, 2]);
      assertInOrder(records);
    });

    test('a log that takes part of a page only is given the rest later', async () => {
      const records: PublishedRecord[] = [];
      const writer = given(records);
      writer.log.onPublish = unavailable;
      const commands = Array.from({ length: 60 }, (_, index) => ({
        ...create(),
        body: {
          $case: 'create' as const,
          value: { name: `${index}`, description: '😀'.repeat(5_000), price: '1' },
        },
      }));
      await writer.handle(commands);
      let publishes = 0;
      writer.log.onPublish = (append) => {
        publishes += 1;
        if (publishes === 2) throw new EventLogError('NOT_CONFIRMED', 'late');
        append();
      };
      await untilEmpty();
      assert(publishes >= 4, 'more than the log takes at once');
      assert.equal(records.length, 60, 'what was acknowledged is not sent again');
    });

    test('what is on the way is finished at a stop', async () => {
      const records: PublishedRecord[] = [];
      const writer = given(records);
      writer.log.onPublish = async (append) => {
        await delay(20);
        append();
      };
      await writer.handle([create()]);
      await writer.stop();
      assert.equal(records.length, 1);
      assert.equal(await count('outbox'), 0);
    });

    test('in any weather, two writers lose nothing and let nothing overtake', async () => {
      const seed = Math.floor(Math.random() * 2 ** 31);
      const { next: random } = createRandom(seed);
      const records: PublishedRecord[] = [];
      const weather = async (append: () => void) => {
        const fate = random();
        if (fate < 0.1) throw new EventLogError('UNAVAILABLE', 'away');
        if (fate < 0.4) await delay(random() * 10);
        append();
        if (fate > 0.9) throw new EventLogError('NOT_CONFIRMED', 'late');
      };
      const racing = [given(records), given(records)];
      for (const { log } of racing) log.onPublish = weather;
      const products = Array.from({ length: 3 }, () => create());
      await racing[0]?.handle(products);
      let commands = products.length;
      for (let round = 0; round < 20; round += 1)
        await Promise.all(
          racing.map(async (writer, index) => {
            const changed = products.filter(() => random() < 0.7);
            const batch = changed.map(({ productId }) => update(productId, { price: `${round + 1}.${index + 1}` }));
            if (batch.length === 0) return;
            commands += batch.length;
            await writer.handle(batch, random() < 0.8 ? index : 1 - index);
          }),
        );
      await untilEmpty();
      const context = `seed ${seed}`;
      assertInOrder(records, context);
      assert.equal(new Set(records.map(({ value }) => ProductEvent.decode(value).commandId)).size, commands, context);
    });
  });
}

function versionsOf(records: readonly PublishedRecord[]): number[] {
  return records.map(({ value }) => Number(ProductEvent.decode(value).version));
}

/** Once repeats are dropped, the versions of each product have no gap and come in order. */
function assertInOrder(records: readonly PublishedRecord[], context = ''): void {
  const seen = new Map<string, number>();
  for (const { value } of records) {
    const { productId, version } = ProductEvent.decode(value);
    const last = seen.get(productId) ?? 0;
    if (Number(version) <= last) continue;
    assert.equal(Number(version), last + 1, `${context}: a change overtook another`);
    seen.set(productId, Number(version));
  }
}

async function metric({ registry }: ReturnType<typeof givenWriter>, name: string): Promise<number> {
  const { values } = (await registry.getSingleMetric(`tributary_writer_outbox_${name}`)?.get()) ?? { values: [] };
  return values[0]?.value ?? Number.NaN;
}
