import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFlusher } from './flusher.ts';

/** Connections that note when they are flushed; each takes a while. */
function connections(count: number, costMs: number) {
  const flushed: number[] = [];
  const all = Array.from({ length: count }, (_, index) => ({
    flush() {
      for (const until = performance.now() + costMs; performance.now() < until; );
      flushed.push(index);
    },
  }));
  return { all, flushed };
}

test('connections are flushed after what is going on, in their order, each as often as it asked', async () => {
  const flusher = createFlusher({ turnMs: 4 });
  const { all, flushed } = connections(3, 0);
  for (const connection of all) flusher.soon(connection);
  flusher.soon(all[0]!);
  assert.deepEqual(flushed, []);
  await new Promise(setImmediate);
  assert.deepEqual(flushed, [0, 1, 2, 0]);
  flusher.soon(all[1]!);
  await new Promise(setImmediate);
  assert.deepEqual(flushed, [0, 1, 2, 0, 1]);
});

test('others have their turn between many, and who asks meanwhile is not forgotten', async () => {
  const flusher = createFlusher({ turnMs: 1 });
  const { all, flushed } = connections(200, 0.2);
  for (const connection of all.slice(0, 150)) flusher.soon(connection);
  let turns = 0;
  while (flushed.length < 200) {
    await new Promise(setImmediate);
    turns += 1;
    if (turns === 1) for (const connection of all.slice(150)) flusher.soon(connection);
  }
  assert(turns > 3, `${turns} turns`);
  assert.deepEqual(
    flushed,
    all.map((_, index) => index),
  );
});
