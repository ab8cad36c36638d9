import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { newTraceContext } from '@tributary/service';
import type { GraphQLFormattedError } from 'graphql';
import { createCursors, type Positions } from '../cursor.ts';
import type { OrderedEntry } from '../stream/live-event.ts';
import { createPayload } from './payload.ts';
import { createSubscriber, type EndReason } from './subscriber.ts';

const cursors = createCursors({
  keys: [{ id: 'a', secret: randomBytes(32) }],
  log: 'log',
  topic: 'topic',
  partitions: 2,
});

function given(t: TestContext, limits: { queueEvents?: number; queueBytes?: number; stallMs?: number } = {}) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const written: string[] = [];
  const errors: (readonly GraphQLFormattedError[])[] = [];
  const ends: EndReason[] = [];
  const outlet = {
    isBlocked: false,
    onWrite: () => {},
    write({ cursor }: { cursor: string | null }) {
      written.push(positionsOf(cursor));
      outlet.onWrite();
      return !outlet.isBlocked;
    },
    complete() {},
    fail: (given: readonly GraphQLFormattedError[]) => void errors.push(given),
  };
  const subscriber = createSubscriber({
    outlet,
    cursors,
    positions: [0, 0],
    queueEvents: 8,
    queueBytes: 1_000_000,
    stallMs: 1_000,
    ...limits,
    onEnd: (reason) => ends.push(reason),
  });
  const ended = () =>
    errors.map(([error]) => [error!.extensions!.code, positionsOf(error!.extensions!.cursor as string)]);
  return { outlet, subscriber, written, ends, ended };
}

const positionsOf = (cursor: string | null) => cursors.read(cursor ?? '')?.join(' ') ?? 'none';
const payload = createPayload({ data: { text: 'x'.repeat(100) }, errors: [] });

function entryAt(positions: Positions, partition = 0): OrderedEntry {
  const event = { entityId: 'a', version: 1, value: {} };
  const offset = positions[partition]! - 1;
  return { event, partition, offset, timestampMs: 0, trace: newTraceContext(), sequence: 0, positions };
}

function push(subscriber: ReturnType<typeof given>['subscriber'], positions: Positions, partition = 0): boolean {
  return subscriber.push(entryAt(positions, partition), payload, payload.message(cursors.write(positions)));
}

test('what it has seen is not sent again, and its cursors never go back', (t) => {
  const { subscriber, written } = given(t);
  subscriber.moveTo([0, 5]);
  assert.equal(push(subscriber, [0, 4], 1), false);
  assert.equal(push(subscriber, [1, 4]), true);
  assert.equal(push(subscriber, [1, 5], 1), false);
  assert.equal(push(subscriber, [2, 5]), true);
  assert.equal(push(subscriber, [2, 6], 1), true);
  assert.deepEqual(written, ['1 5', '2 5', '2 6']);
});

test('what it has seen on another way, ahead of its group, is not sent again when it comes back', (t) => {
  const { subscriber, written } = given(t);
  push(subscriber, [1, 0]);
  push(subscriber, [2, 0]);
  subscriber.send(payload, [2, 1]);
  assert.equal(push(subscriber, [2, 1], 1), false);
  push(subscriber, [3, 1]);
  subscriber.moveTo([3, 3]);
  assert.equal(push(subscriber, [3, 2], 1), false);
  push(subscriber, [4, 2]);
  assert.deepEqual(written, ['1 0', '2 0', '2 1', '3 1', '4 3']);
});

test('what comes while the connection takes no more waits, in order', (t) => {
  const { subscriber, outlet, written, ends } = given(t);
  outlet.isBlocked = true;
  for (const position of [1, 2, 3, 4]) push(subscriber, [position, 0]);
  assert.deepEqual(written, ['1 0']);
  subscriber.resume();
  assert.deepEqual(written, ['1 0', '2 0'], 'it is full again at once');
  outlet.isBlocked = false;
  subscriber.resume();
  assert.deepEqual(written, ['1 0', '2 0', '3 0', '4 0']);
  push(subscriber, [5, 0]);
  assert.equal(written.at(-1), '5 0');
  assert.deepEqual(ends, []);
});

test('who leaves too many events waiting is told so, with the cursor of the last that was sent', (t) => {
  const { subscriber, outlet, written, ends, ended } = given(t, { queueEvents: 3 });
  outlet.isBlocked = true;
  for (const position of [1, 2, 3, 4]) push(subscriber, [position, 0]);
  assert.deepEqual(ends, []);
  push(subscriber, [5, 0]);
  assert.deepEqual(ends, ['slow']);
  assert.deepEqual(ended(), [['SLOW_CONSUMER', '1 0']]);
  subscriber.resume();
  assert.equal(push(subscriber, [6, 0]), false);
  assert.deepEqual(written, ['1 0']);
});

test('who leaves too many bytes waiting is told so', (t) => {
  const { bytes } = payload;
  const { subscriber, outlet, ends, ended } = given(t, { queueBytes: 3 * bytes });
  outlet.isBlocked = true;
  for (const position of [1, 2, 3]) push(subscriber, [position, 0]);
  assert.deepEqual(ends, []);
  push(subscriber, [4, 0]);
  push(subscriber, [5, 0]);
  assert.deepEqual(ended(), [['SLOW_CONSUMER', '1 0']]);
});

test('who reads nothing for too long is told so, even if little waits; who reads a little is not', (t) => {
  const { subscriber, outlet, ends, ended } = given(t);
  outlet.isBlocked = true;
  push(subscriber, [1, 0]);
  for (let round = 0; round < 3; round += 1) {
    push(subscriber, [2 + round, 0]);
    t.mock.timers.tick(900);
    subscriber.resume();
  }
  assert.deepEqual(ends, []);
  t.mock.timers.tick(1_000);
  assert.deepEqual(ended(), [['SLOW_CONSUMER', '4 0']]);
});

test('when nothing waits, the end tells how far it has come, whether or not events were for it', (t) => {
  const { subscriber, ended } = given(t);
  push(subscriber, [1, 0]);
  subscriber.moveTo([7, 3]);
  subscriber.fail({ message: 'gone', extensions: { code: 'GONE' } }, 'server');
  subscriber.fail({ message: 'gone', extensions: { code: 'GONE' } }, 'server');
  assert.deepEqual(ended(), [['GONE', '7 3']]);
});

test('while it catches up a part of the queue fills, then it has no room until all has gone', async (t) => {
  const { subscriber, outlet, written, ends } = given(t, { queueEvents: 16 });
  outlet.isBlocked = true;
  for (const position of [1, 2, 3]) {
    assert.equal(subscriber.hasRoom(), true, String(position));
    subscriber.send(payload, [position, 0]);
  }
  assert.equal(subscriber.hasRoom(), false);
  let hasRoom = false;
  const room = subscriber.room().then(() => (hasRoom = true));
  subscriber.resume();
  await Promise.resolve();
  assert.equal(hasRoom, false);
  outlet.isBlocked = false;
  subscriber.resume();
  await room;
  assert.deepEqual(written, ['1 0', '2 0', '3 0']);
  assert.deepEqual(ends, []);
});

test('whoever waits for room is let go when it ends', async (t) => {
  const { subscriber, outlet, ends } = given(t, { queueEvents: 1 });
  outlet.isBlocked = true;
  subscriber.send(payload, [1, 0]);
  subscriber.send(payload, [2, 0]);
  const room = subscriber.room();
  subscriber.stop();
  await room;
  await subscriber.room();
  assert.deepEqual(ends, ['client']);
});

test('nothing is written, and nothing is timed, after the client has gone', (t) => {
  const { subscriber, outlet, written, ends, ended } = given(t);
  outlet.isBlocked = true;
  push(subscriber, [1, 0]);
  push(subscriber, [2, 0]);
  push(subscriber, [3, 0]);
  outlet.isBlocked = false;
  outlet.onWrite = () => {
    outlet.isBlocked = true;
    subscriber.stop();
  };
  subscriber.resume();
  assert.deepEqual(written, ['1 0', '2 0']);
  subscriber.resume();
  subscriber.stop();
  t.mock.timers.tick(10_000);
  assert.equal(push(subscriber, [4, 0]), false);
  assert.deepEqual(written, ['1 0', '2 0']);
  assert.deepEqual(ends, ['client']);
  assert.deepEqual(ended(), []);
});

test('no timer is left when it ends while it writes', (t) => {
  const { subscriber, outlet } = given(t);
  t.mock.timers.reset();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  outlet.isBlocked = true;
  push(subscriber, [1, 0]);
  assert.equal(timers(), before + 1);
  outlet.onWrite = subscriber.stop;
  push(subscriber, [2, 0]);
  subscriber.resume();
  assert.equal(timers(), before);
});
