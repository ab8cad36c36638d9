import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQueue } from './queue.ts';

function queueOf(capacity = 2) {
  let closed = 0;
  const queue = createQueue<number>({
    capacity,
    overflow: () => new Error('too slow'),
    onClose: () => {
      closed += 1;
    },
  });
  return { queue, closed: () => closed };
}

test('values come in order, before and after they are asked for, then the end', async () => {
  const { queue, closed } = queueOf();
  queue.push(1);
  queue.push(2);
  assert.deepEqual(await queue.values.next(), { done: false, value: 1 });
  assert.deepEqual(await queue.values.next(), { done: false, value: 2 });
  const waiting = queue.values.next();
  queue.push(3);
  assert.deepEqual(await waiting, { done: false, value: 3 });
  queue.push(4);
  queue.end();
  assert.equal(queue.push(5), false);
  assert.deepEqual(await queue.values.next(), { done: false, value: 4 });
  assert.deepEqual(await queue.values.next(), { done: true, value: undefined });
  assert.equal(closed(), 1);
});

test('a consumer that is too slow is told, and what waited is let go', async () => {
  const { queue, closed } = queueOf(2);
  assert.deepEqual([queue.push(1), queue.push(2), queue.push(3)], [true, true, false]);
  await assert.rejects(queue.values.next(), /too slow/);
  assert.equal((await queue.values.next()).done, true);
  assert.equal(closed(), 1);
});

test('return ends a next that waits', async () => {
  const { queue, closed } = queueOf();
  const waiting = queue.values.next();
  await queue.values.return();
  assert.equal((await waiting).done, true);
  assert.equal(closed(), 1);
});
