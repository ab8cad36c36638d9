import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Producer } from 'kafkajs';
import type { Availability } from './availability.ts';
import { createPublisher } from './publisher.ts';

type Sent = Record<number, string[]>;

/** A publisher whose n-th request is answered for these partitions only; all of them where nothing is said. */
function givenPublisher(...answered: number[][]) {
  const requests: Sent[] = [];
  const ends: Record<number, number> = {};
  const sendBatch = (async ({ topicMessages = [] }) => {
    const sent: Sent = {};
    for (const { partition = 0, value } of topicMessages.flatMap(({ messages }) => messages)) {
      sent[partition] ??= [];
      sent[partition].push(String(value));
    }
    const isAnswered = answered[requests.push(sent) - 1];
    return Object.entries(sent)
      .filter(([partition]) => isAnswered?.includes(Number(partition)) ?? true)
      .map(([text, values]) => {
        const partition = Number(text);
        const baseOffset = ends[partition] ?? 0;
        ends[partition] = baseOffset + values.length;
        return { topicName: 'topic', partition, errorCode: 0, baseOffset: String(baseOffset) };
      });
  }) satisfies Producer['sendBatch'];
  let suspected = 0;
  const availability = { suspect: () => suspected++ } as unknown as Availability;
  return {
    publisher: createPublisher({ producer: { sendBatch }, availability }),
    requests,
    suspected: () => suspected,
  };
}

function together(...records: [partition: number, value: string][]) {
  const made = records.map(([partition, value]) => ({ partition, key: 'k', value: Buffer.from(value), headers: {} }));
  return { topic: 'topic', records: made, bytes: 100 };
}

test('what one request leaves out, though it counts as done, is sent again before it counts as published', async () => {
  const { publisher, requests } = givenPublisher([0], [2]);
  const [first, second] = await Promise.all([
    publisher.publish(together([0, 'a'], [1, 'b'], [2, 'c']), 1_000),
    publisher.publish(together([1, 'd'], [0, 'e']), 1_000),
  ]);
  assert.deepEqual(requests, [
    { 0: ['a', 'e'], 1: ['b', 'd'], 2: ['c'] },
    { 1: ['b', 'd'], 2: ['c'] },
    { 1: ['b', 'd'] },
  ]);
  assert.deepEqual(
    [first, second].map((positions) => positions.map(({ partition, offset }) => `${partition}@${offset}`)),
    [
      ['0@0', '1@0', '2@0'],
      ['1@1', '0@1'],
    ],
  );
});

test('what is left out again and again is not confirmed', async () => {
  const { publisher, suspected } = givenPublisher(...Array.from({ length: 100 }, () => [0]));
  await assert.rejects(publisher.publish(together([0, 'a'], [1, 'b']), 1_000), { code: 'NOT_CONFIRMED' });
  assert.equal(suspected(), 1);
});
