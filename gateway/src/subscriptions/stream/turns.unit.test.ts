import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from './turns.ts';

const BUDGET_MS = 2;

/** Turns by a clock that only work moves. */
function given() {
  let nowMs = 0;
  const work = (ms: number) => {
    nowMs += ms;
  };
  return { turns: createTurns(BUDGET_MS, () => nowMs), work };
}

test('who has much to do leaves a turn to everyone else after each of its own', async () => {
  const { turns, work } = given();
  const order: string[] = [];
  async function loop(name: string, rounds: number): Promise<void> {
    for (let round = 1; round <= rounds; round += 1) {
      while (turns.isOver()) await turns.next();
      order.push(name);
      work(2 * BUDGET_MS);
    }
  }
  await Promise.all([loop('a', 6), loop('b', 3), loop('c', 3)]);
  assert.equal(order.join(''), 'aabcabcabcaa', 'the first has begun before the others came');
});

test('those with little to do share a turn of the event loop, those with much do not', async (t) => {
  const { turns, work } = given();
  let loopTurns = 0;
  let isOver = false;
  t.after(() => {
    isOver = true;
  });
  (function count(): void {
    loopTurns += 1;
    if (!isOver) setImmediate(count);
  })();
  const inTurn = new Map<number, number>();
  async function once(ms: number): Promise<void> {
    await turns.next();
    work(ms);
    inTurn.set(loopTurns, (inTurn.get(loopTurns) ?? 0) + 1);
  }
  await Promise.all(Array.from({ length: 10 }, () => once(2 * BUDGET_MS)));
  assert.deepEqual([...inTurn.values()], new Array(10).fill(1));
  inTurn.clear();
  await Promise.all(Array.from({ length: 100 }, () => once(0)));
  assert(inTurn.size < 50);
});
