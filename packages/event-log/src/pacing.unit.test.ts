import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createPacing } from './pacing.ts';

/** Whether a batch that begins now makes its partition rest. */
async function rests(resting: Promise<void>): Promise<boolean> {
  let isOver = false;
  void resting.then(() => {
    isOver = true;
  });
  await setImmediate();
  return !isOver;
}

const now = () => performance.now();

test('a partition rests when its records come faster than small batches of them are handled', async () => {
  const pacing = createPacing(10_000);
  assert.equal(await rests(pacing.rest(0, { records: 1, startedMs: now() })), false, 'the first after a while');
  const resting = pacing.rest(0, { records: 1, startedMs: now() });
  assert.equal(await rests(resting), true, 'the second right behind it');
  await resting;
  assert.equal(await rests(pacing.rest(1, { records: 1, startedMs: now() })), false, 'another partition');
});

test('neither a large batch nor one that comes after a pause makes it rest', async () => {
  const pacing = createPacing(10_000);
  await pacing.rest(0, { records: 1, startedMs: now() });
  assert.equal(await rests(pacing.rest(0, { records: 100, startedMs: now() })), false);
  assert.equal(await rests(pacing.rest(0, { records: 1, startedMs: now() + 10_001 })), false);
});

test('a rest is short, whatever a batch took', async () => {
  const pacing = createPacing(0);
  await pacing.rest(0, { records: 1, startedMs: now() });
  const begun = now();
  await pacing.rest(0, { records: 1, startedMs: begun - 3_600_000 });
  assert(now() - begun < 1_000);
});
