import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type Operation, silentLogger } from '@tributary/service';
import { deadLetter } from '../consumer/dead-letter.ts';
import { createEmbeddedEventLog } from '../embedded/index.ts';
import type { LogRecord } from '../event-log.ts';
import {
  checkTopics,
  createTopics,
  type DeadLetterView,
  deadLetterOperations,
  lagOf,
  readFrom,
  readPartitionOf,
  topicOperations,
} from './index.ts';

const folder = await mkdtemp(join(tmpdir(), 'tributary-log-operations-'));
const log = createEmbeddedEventLog({ file: join(folder, 'log.sqlite'), logger: silentLogger() });
after(async () => {
  await log.close();
  await rm(folder, { recursive: true });
});

const signal = new AbortController().signal;
const deadline = { deadlineMs: 1_000 };
let topics = 0;

async function filledTopic(partitions: number, records: readonly [key: string, value: string][]): Promise<string> {
  const name = `topic-${++topics}`;
  await log.ensureTopics([{ name, partitions, retentionMs: 60_000 }]);
  for (const [key, value] of records)
    await log.publish(name, [{ key, value: Buffer.from(value), headers: {} }], deadline);
  return name;
}

function run<Result>(operations: readonly Operation[], name: string, input: object = {}): Promise<Result> {
  const found = operations.find((one) => one.name === name);
  assert(found, name);
  return found.run(input, { signal, progress: () => {} }) as Promise<Result>;
}

test('topics are held against their table, made, and set', async () => {
  const [missing, narrow, brief] = ['table-missing', 'table-narrow', 'table-brief'];
  await log.ensureTopics([
    { name: narrow, partitions: 2, retentionMs: 1_000 },
    { name: brief, partitions: 1, retentionMs: 1_000 },
  ]);
  const wanted = [
    { name: missing, partitions: 3, retentionMs: 1_000 },
    { name: brief, partitions: 1, retentionMs: 5_000 },
  ];
  const check = await checkTopics(log, wanted);
  assert.equal(check.agrees, false);
  assert.match(check.topics[0]?.problem ?? '', /missing/);
  assert.match(check.topics[1]?.problem ?? '', /1000 ms, not 5000/);
  assert.equal((await log.describe([missing])).size, 0, 'a check makes nothing');

  assert.equal((await createTopics(log, wanted)).agrees, true);
  const [made] = (await run<typeof check>(topicOperations(log, wanted), 'topics.check')).topics;
  assert.deepEqual([made?.partitions, made?.retentionMs, made?.problem], [3, 1_000, null]);

  const wide = [{ name: narrow, partitions: 6, retentionMs: 1_000 }];
  assert.match((await checkTopics(log, wide)).topics[0]?.problem ?? '', /2 partitions, not 6/);
  await assert.rejects(run(topicOperations(log, wide), 'topics.create'), {
    name: 'OperationError',
    code: 'TOPIC_MISMATCH',
  });
});

test('the partition of a key is read to its end as of now, with progress', async () => {
  const topic = await filledTopic(
    6,
    Array.from({ length: 40 }, (_, n) => [`key ${n % 2}`, `${n}`]),
  );
  const seen: LogRecord[] = [];
  const progress: [number, number][] = [];
  const place = await readPartitionOf('key 0', {
    log,
    topic,
    signal,
    onRecord: (record) => {
      seen.push(record);
      void log.publish(topic, [{ key: 'key 0', value: Buffer.from('late'), headers: {} }], deadline);
    },
    onProgress: (...report) => progress.push(report),
  });
  const values = seen.filter(({ key }) => key === 'key 0').map(({ value }) => Number(value));
  assert.deepEqual(
    values,
    Array.from({ length: 20 }, (_, n) => 2 * n),
  );
  assert(seen.every(({ partition }) => partition === place.partition));
  assert.deepEqual(progress.at(-1), [seen.length, seen.length]);
});

test('partitions are read from positions, and nothing is read where there is nothing', async () => {
  const topic = await filledTopic(1, [
    ['k', 'a'],
    ['k', 'b'],
    ['k', 'c'],
  ]);
  const read = async (position: bigint) => {
    const seen: string[] = [];
    await readFrom(new Map([[0, position]]), { log, topic, signal, onRecord: ({ value }) => seen.push(`${value}`) });
    return seen.join('');
  };
  assert.deepEqual(await Promise.all([read(0n), read(2n), read(3n)]), ['abc', 'c', '']);
});

test('a reading is given up when its operator has gone, or when no record comes', async () => {
  const topic = await filledTopic(1, [['k', 'a']]);
  const going = new AbortController();
  let onTail = () => going.abort(new Error('gone'));
  const tail = async () => {
    const endless = await log.tail({ topic, from: 'end', onRecords() {} });
    onTail();
    return { ...endless, ready: new Promise<void>(() => {}) };
  };
  const reading = { log: { ...log, tail }, topic, onRecord() {} };
  await assert.rejects(readPartitionOf('k', { ...reading, signal: going.signal }), /gone/);
  onTail = () => {};
  await assert.rejects(readPartitionOf('k', { ...reading, signal, stallMs: 1 }), { code: 'UNAVAILABLE' });
});

test('the lag is what lies between the positions and the ends', async () => {
  const topic = await filledTopic(2, [
    ['a', '1'],
    ['a', '2'],
    ['a', '3'],
  ]);
  const [partition] = [...(await log.offsets(topic))].find(([, { end }]) => end === 3n) ?? [];
  const lag = await lagOf(log, topic, async () => new Map([[partition ?? 0, 1n]]));
  assert.equal(lag.lag, 2);
  assert.deepEqual(lag.partitions.map(({ position, end }) => `${position}/${end}`).sort(), ['0/0', '1/3']);
  assert.equal((await lagOf(log, topic, async () => new Map())).lag, 3);
});

test('dead letters are listed, shown, replayed and dropped by name', async () => {
  const origin = await filledTopic(1, []);
  const topic = await filledTopic(1, []);
  const record = (value: string): LogRecord => ({
    ...{ topic: origin, partition: 0, offset: 7n, timestampMs: Date.parse('2026-01-02T03:04:05Z') },
    ...{ key: 'k', value: Buffer.from(value), headers: { traceparent: 't' } },
  });
  const published: string[] = [];
  const operations = deadLetterOperations({
    of: 'things',
    log,
    topic,
    newId: () => 'new',
    contentOf: ({ value }) => ({ text: value.toString() }),
    refusalOf: ({ value }) => (value.toString() === 'garbage' ? 'it is no thing' : null),
    publish: async ({ value }, id) => published.push(`${value} as ${id}`),
  });
  await deadLetter(log, topic, record('a thing'), Object.assign(new Error('broken'), { code: 'BROKEN' }));
  await deadLetter(log, topic, { ...record('garbage'), offset: 8n }, new Error('unreadable'));

  type List = { deadLetters: DeadLetterView[] };
  const { deadLetters } = await run<List>(operations, 'things.dead-letters.list');
  assert.deepEqual(
    deadLetters.map(({ id, state, code, reason, origin: { offset } }) => [id, state, code, reason, offset]),
    [
      ['0-0', 'open', 'BROKEN', 'broken', '7'],
      ['0-1', 'open', 'Error', 'unreadable', '8'],
    ],
  );
  assert.doesNotThrow(() => JSON.stringify(deadLetters));
  assert.equal(deadLetters[0]?.origin.timestamp, '2026-01-02T03:04:05.000Z');

  const shown = await run<Record<string, unknown>>(operations, 'things.dead-letters.show', { id: '0-0' });
  assert.deepEqual([shown.content, shown.headers, shown.replayable], [{ text: 'a thing' }, { traceparent: 't' }, true]);
  assert.equal(Buffer.from(String(shown.valueBase64), 'base64').toString(), 'a thing');

  const replayed = await run<DeadLetterView>(operations, 'things.dead-letters.replay', { id: '0-0', by: 'ann' });
  assert.deepEqual(
    [replayed.state, replayed.resolution?.by, replayed.resolution?.replayId],
    ['replayed', 'ann', 'new'],
  );
  assert.deepEqual(published, ['a thing as new']);
  await assert.rejects(run(operations, 'things.dead-letters.replay', { id: '0-0' }), {
    name: 'OperationError',
    code: 'DEAD_LETTER_RESOLVED',
  });
  await assert.rejects(run(operations, 'things.dead-letters.replay', { id: '0-1' }), {
    code: 'DEAD_LETTER_UNREADABLE',
  });
  await assert.rejects(run(operations, 'things.dead-letters.show', { id: '0-9' }), { code: 'DEAD_LETTER_NOT_FOUND' });

  const dropped = await run<DeadLetterView>(operations, 'things.dead-letters.drop', { id: '0-1' });
  assert.equal(dropped.state, 'dropped');
  assert.deepEqual((await run<List>(operations, 'things.dead-letters.list')).deadLetters, []);
  assert.equal((await run<List>(operations, 'things.dead-letters.list', { all: true })).deadLetters.length, 2);
});
