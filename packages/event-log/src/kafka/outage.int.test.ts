import assert from 'node:assert/strict';
import { after, type TestContext, test } from 'node:test';
import { startEngines, uniqueName } from '@tributary/engines';
import type { Logger } from '@tributary/service';
import { until } from '@tributary/service/testing';
import { Kafka, logLevel } from 'kafkajs';
import type { EventLog } from '../event-log.ts';
import { createKafkaEventLog } from './index.ts';

const { addresses, engines, stop } = await startEngines(['kafka'], { report: () => {} });
after(stop);

const BACK_WITHIN_MS = 60_000;
const deadline = { deadlineMs: 10_000 };

/** A log with a topic of two partitions, what it says, and what is published. */
async function given(t: TestContext, stuckAfterMs?: number) {
  const said: string[] = [];
  const say = (_: unknown, message?: string) => void said.push(message ?? '');
  const logger = { debug: say, info: say, warn: say, error: say } as unknown as Logger;
  const options = { brokers: addresses.kafkaBrokers, clientId: 'outage', logger };
  const log = await createKafkaEventLog({ ...options, ...(stuckAfterMs !== undefined && { stuckAfterMs }) });
  t.after(() => log.close());
  const topic = uniqueName('outage');
  await log.ensureTopics([{ name: topic, partitions: 2, retentionMs: 3_600_000 }]);
  const published: string[] = [];
  async function publish(count: number, on: EventLog = log): Promise<void> {
    const values = Array.from({ length: count }, (_, n) => `${published.length + n}`);
    published.push(...values);
    await on.publish(
      topic,
      values.map((value) => ({ key: value, value: Buffer.from(value), headers: {} })),
      deadline,
    );
  }
  return { log, topic, published, publish, said };
}

const byNumber = (values: readonly string[]) => [...values].sort((a, b) => Number(a) - Number(b));

test('a tail goes on where it was when the broker was killed: it misses nothing, repeats nothing, and has caught up last', async (t) => {
  const { log, topic, published, publish } = await given(t);
  const told: string[] = [];
  let claimedTooSoon = false;
  const tail = await log.tail({
    topic,
    from: 'end',
    onRecords(records) {
      // These were there before the tail came back.
      if (published.length === 50 && tail.caughtUp()) claimedTooSoon = told.length < 50;
      told.push(...records.map(({ value }) => value.toString()));
    },
  });
  await tail.ready;
  await publish(20);
  await until('it has told them', () => told.length === 20);

  await engines.kafka.kill();
  await until('it says that it reads nothing', () => !tail.caughtUp());
  await engines.kafka.restart();
  const other = await createKafkaEventLog({
    ...{ brokers: addresses.kafkaBrokers, clientId: 'other' },
    logger: { debug() {}, info() {}, warn() {}, error() {} } as unknown as Logger,
  });
  t.after(() => other.close());
  await publish(30, other);
  await until('it has caught up', () => tail.caughtUp(), BACK_WITHIN_MS);
  assert.deepEqual(byNumber(told), published, 'when it says so it has told all, each once');
  assert.equal(claimedTooSoon, false);
  await publish(10);
  await until('it has told what came later', () => told.length === published.length, BACK_WITHIN_MS);
  assert.deepEqual(byNumber(told), published);
  await tail.stop();
});

test('a tail that has to join again keeps its positions, also of a partition that another had meanwhile', async (t) => {
  const { log, topic, published, publish, said } = await given(t);
  const client = new Kafka({ brokers: [...addresses.kafkaBrokers], logLevel: logLevel.NOTHING });
  const admin = client.admin();
  await admin.connect();
  t.after(() => admin.disconnect());
  const groups = async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId);
  const others = new Set(await groups());
  const told: string[] = [];
  const tail = await log.tail({
    topic,
    from: 'end',
    onRecords: (records) => void told.push(...records.map(({ value }) => value.toString())),
  });
  await tail.ready;
  await publish(20);
  await until('it has told them', () => told.length === 20);

  const groupId = (await groups()).find((group) => !others.has(group));
  assert(groupId);
  const joins = () => said.filter((message) => message === 'joined').length;
  const joinsBefore = joins();
  const intruder = client.consumer({ groupId });
  const intruded = new Promise((resolve) => intruder.on('consumer.group_join', resolve));
  await intruder.connect();
  await intruder.subscribe({ topics: [topic] });
  await intruder.run({ eachMessage: async () => {} });
  await intruded;
  await until('it has joined again', () => joins() > joinsBefore, BACK_WITHIN_MS);
  await publish(20);
  await intruder.disconnect();
  await until('it has told all', () => told.length >= published.length, BACK_WITHIN_MS);
  await publish(20);
  await until('it has told all', () => told.length >= published.length, BACK_WITHIN_MS);
  await until('it has caught up', () => tail.caughtUp(), BACK_WITHIN_MS);
  assert.deepEqual(byNumber(told), published, 'each once');
  await tail.stop();
});

test('a consumer whose fetches are stuck is replaced, and reads on from its positions', async (t) => {
  const { log, topic, published, publish, said } = await given(t, 2_000);
  const positions = new Map<number, bigint>();
  const applied: string[] = [];
  const consumption = await log.consume({
    topic,
    group: topic,
    positions: async () => new Map(positions),
    async handle({ partition, records, nextOffset }) {
      applied.push(...records.map(({ value }) => value.toString()));
      positions.set(partition, nextOffset);
    },
  });
  await publish(20);
  await until('it has applied them', () => applied.length === 20);

  const replacements = () => said.filter((message) => message === REPLACED).length;
  const before = replacements();
  await engines.kafka.freeze();
  await until('its consumer is replaced', () => replacements() > before, BACK_WITHIN_MS);
  assert.equal(consumption.isReading(), false);
  await engines.kafka.thaw();
  await publish(20);
  await until('it has applied the others', () => applied.length >= published.length, BACK_WITHIN_MS);
  assert.deepEqual(byNumber(applied), published, 'each once');
  await until('it says that it reads', () => consumption.isReading());
  await consumption.stop();
});

const REPLACED = 'no fetch has ended for too long; the consumer is replaced';
