import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { deadLetter } from '../consumer/dead-letter.ts';
import type { EventLogUnderTest } from '../contract.ts';
import type { EventLog, LogRecord } from '../event-log.ts';
import { createDeadLetters, type DeadLetter, originalRecord } from './index.ts';
import { readTopic } from './read-topic.ts';

const deadline = { deadlineMs: 10_000 };
const by = 'ada';
const nowMs = Date.UTC(2026, 0, 2);
const failure = Object.assign(new Error('cannot read it'), { code: 'BAD' });

/** What an operator may do with dead letters, over any event log. */
export function deadLettersContract(name: string, start: () => Promise<EventLogUnderTest>): void {
  describe(`dead letters: ${name}`, () => {
    let given: EventLogUnderTest;
    let log: EventLog;
    before(async () => {
      given = await start();
      log = given.log;
    });
    after(() => given.stop());

    /** A topic, its dead letters, and a record at `offset` of the topic that dies. */
    async function givenTopic() {
      const origin = given.topicName();
      const topic = given.topicName();
      await log.ensureTopics([origin, topic].map((one) => ({ name: one, partitions: 1, retentionMs: 3_600_000 })));
      let ids = 0;
      const newId = () => `id-${++ids}`;
      const record = (offset: bigint, value = `value ${offset}`): LogRecord => ({
        ...{ topic: origin, partition: 0, offset, timestampMs: nowMs, key: 'k', value: Buffer.from(value) },
        headers: { traceparent: 'trace', 'tributary-resolution': 'dropped', own: 'header' },
      });
      const die = (one: LogRecord) => deadLetter(log, topic, one, failure);
      const letters = createDeadLetters({ log, topic, newId, nowMs: () => nowMs, ...deadline });
      return { origin, topic, record, die, letters };
    }

    const publishNothing = async () => {};
    const ids = (letters: readonly DeadLetter[]) => letters.map(({ id }) => id);

    test('dead letters are listed with why and where from, newest last; one alone has its bytes and headers', async () => {
      const { origin, record, die, letters } = await givenTopic();
      assert.deepEqual(await letters.list(), []);
      await die(record(7n));
      await die(record(9n));
      const listed = await letters.list();
      assert.deepEqual(ids(listed), ['0-0', '0-1']);
      const { diedAtMs, stackDigest, ...first } = listed[0] as DeadLetter;
      assert(Math.abs(diedAtMs - Date.now()) < 60_000);
      assert.match(stackDigest, /^[0-9a-f]{16}$/);
      assert.deepEqual(first, {
        ...{ id: '0-0', state: 'open', resolution: null, reason: 'cannot read it', code: 'BAD' },
        origin: { topic: origin, partition: 0, offset: 7n, timestampMs: nowMs },
        ...{ key: 'k', valueBytes: 7, cutFromBytes: null, traceparent: 'trace', repeats: 0 },
      });
      const whole = await letters.get('0-1');
      assert.equal(whole.value.toString(), 'value 9');
      assert.deepEqual({ ...whole.headers }, { traceparent: 'trace', own: 'header' });
    });

    test('a replayed record is published as it was, and is off the list', async () => {
      const { origin, record, die, letters } = await givenTopic();
      await die(record(0n));
      await die(record(1n));
      const replayed = await letters.replay(
        '0-0',
        (letter) => log.publish(letter.origin.topic, [originalRecord(letter)], deadline),
        { by },
      );
      const resolution = { by, atMs: nowMs, replayId: 'id-1' };
      assert.deepEqual([replayed.state, replayed.resolution], ['replayed', resolution]);
      const found: LogRecord[] = [];
      await readTopic(log, origin, (one) => found.push(one), 10_000);
      assert.deepEqual(
        found.map(({ key, value, headers }) => [key, value.toString(), { ...headers }]),
        [['k', 'value 0', { traceparent: 'trace', own: 'header' }]],
      );
      assert.deepEqual(ids(await letters.list()), ['0-1']);
      const all = await letters.list({ all: true });
      assert.deepEqual(
        all.map(({ id, state }) => [id, state]),
        [
          ['0-0', 'replayed'],
          ['0-1', 'open'],
        ],
      );
    });

    test('a dropped record is off the list, and neither dropped nor replayed again', async () => {
      const { record, die, letters } = await givenTopic();
      await die(record(0n));
      const dropped = await letters.drop('0-0', { by });
      assert.deepEqual([dropped.state, dropped.resolution], ['dropped', { by, atMs: nowMs, replayId: null }]);
      assert.deepEqual(await letters.list(), []);
      assert.equal((await letters.get('0-0')).state, 'dropped');
      let published = 0;
      const publish = async () => (published += 1);
      await assert.rejects(letters.drop('0-0', { by }), { code: 'DEAD_LETTER_RESOLVED' });
      await assert.rejects(letters.replay('0-0', publish, { by }), { code: 'DEAD_LETTER_RESOLVED' });
      await die(record(1n));
      const { id = '' } = (await letters.list())[0] ?? {};
      await letters.replay(id, publish, { by });
      await assert.rejects(letters.replay(id, publish, { by }), { code: 'DEAD_LETTER_RESOLVED' });
      await assert.rejects(letters.drop(id, { by }), { code: 'DEAD_LETTER_RESOLVED' });
      assert.equal(published, 1);
    });

    test('an id that no dead letter has is not found, that of a resolution neither', async () => {
      const { record, die, letters } = await givenTopic();
      const unknown = { code: 'DEAD_LETTER_NOT_FOUND' };
      await assert.rejects(letters.get('0-0'), unknown);
      await die(record(0n));
      await letters.drop('0-0', { by });
      for (const id of ['0-1', '1-0', 'x', '']) {
        await assert.rejects(letters.get(id), unknown);
        await assert.rejects(letters.drop(id, { by }), unknown);
        await assert.rejects(letters.replay(id, publishNothing, { by }), unknown);
      }
    });

    test('a replay that failed is tried again under the same id, and cannot be dropped: it may have been published', async () => {
      const { record, die, letters } = await givenTopic();
      await die(record(0n));
      const used: string[] = [];
      const attempt = (error?: Error) =>
        letters.replay(
          '0-0',
          async (_, replayId) => {
            used.push(replayId);
            if (error) throw error;
          },
          { by },
        );
      const outage = new Error('not confirmed');
      await assert.rejects(attempt(outage), outage);
      assert.deepEqual(
        (await letters.list()).map(({ state, resolution }) => [state, resolution?.replayId]),
        [['replaying', 'id-1']],
      );
      await assert.rejects(letters.drop('0-0', { by }), { code: 'DEAD_LETTER_RESOLVED' });
      assert.equal((await attempt()).state, 'replayed');
      assert.deepEqual(used, ['id-1', 'id-1']);
    });

    test('operators at the same time replay under one id, and never both replay and drop', async () => {
      const { record, die, letters } = await givenTopic();
      await die(record(0n));
      const used = new Set<string>();
      const publish = async (_: unknown, replayId: string) => used.add(replayId);
      await Promise.allSettled([1, 2, 3].map(() => letters.replay('0-0', publish, { by })));
      assert.equal(used.size, 1);
      for (let n = 1n; n <= 4n; n++) {
        await die(record(n));
        const { id = '' } = (await letters.list())[0] ?? {};
        const ends = await Promise.allSettled([letters.replay(id, publish, { by }), letters.drop(id, { by })]);
        assert.deepEqual(ends.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      }
    });

    test('a record that was kept twice is one dead letter', async () => {
      const { record, die, letters } = await givenTopic();
      await die(record(0n));
      await die(record(0n));
      // Another record: the topic was made anew, and counts from 0 again.
      await die({ ...record(0n), timestampMs: nowMs + 1 });
      assert.deepEqual(
        (await letters.list()).map(({ id, repeats }) => [id, repeats]),
        [
          ['0-0', 1],
          ['0-2', 0],
        ],
      );
      await letters.drop('0-1', { by });
      assert.deepEqual(ids(await letters.list()), ['0-2']);
    });

    test('a record that was not kept whole cannot be replayed', async () => {
      const { record, die, letters } = await givenTopic();
      await die(record(0n, 'x'.repeat(999_990)));
      const [letter] = await letters.list();
      assert.equal(letter?.cutFromBytes, 999_990);
      assert.equal(letter.traceparent, 'trace');
      await assert.rejects(letters.replay('0-0', publishNothing, { by }), { code: 'DEAD_LETTER_CUT' });
      assert.equal((await letters.drop('0-0', { by })).state, 'dropped');
    });
  });
}
