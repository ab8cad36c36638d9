import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRecurring } from './recurring.ts';

/** Work in a test's hands: each run ends as the test says. */
function given(everyMs: number) {
  const runs: PromiseWithResolvers<void>[] = [];
  const failures: number[] = [];
  let begun = Promise.withResolvers<void>();
  const recurring = startRecurring({
    run() {
      const run = Promise.withResolvers<void>();
      runs.push(run);
      begun.resolve();
      begun = Promise.withResolvers();
      return run.promise;
    },
    everyMs,
    onFailure: (_, retryInMs) => failures.push(retryInMs),
  });
  return { runs, failures, recurring, nextRun: () => begun.promise };
}

test('work is done again after a time, never twice at once', async () => {
  const { runs, recurring, nextRun } = given(5);
  assert.equal(runs.length, 1);
  const second = nextRun();
  runs[0]?.resolve();
  await second;
  assert.equal(runs.length, 2);
  runs[1]?.resolve();
  await recurring.stop();
});

test('work that is wanted soon does not wait for its time, also when a run is in hand', async () => {
  const { runs, recurring, nextRun } = given(3_600_000);
  const second = nextRun();
  recurring.soon();
  runs[0]?.resolve();
  await second;
  runs[1]?.resolve();
  const third = nextRun();
  await new Promise(setImmediate);
  recurring.soon();
  await third;
  runs[2]?.resolve();
  await recurring.stop();
  assert.equal(runs.length, 3);
});

test('a run that fails is repeated, after a longer pause each time', async () => {
  const { runs, failures, recurring, nextRun } = given(3_600_000);
  for (let run = 0; run < 3; run += 1) {
    const next = nextRun();
    runs[run]?.reject(new Error('away'));
    await next;
  }
  runs[3]?.resolve();
  await recurring.stop();
  assert.equal(failures.length, 3);
  assert(failures.every((ms, index) => ms >= 75 * 2 ** index && ms <= 125 * 2 ** index + 1));
});

test('a stop waits for the run in hand and ends every pause', async () => {
  const { runs, failures, recurring } = given(3_600_000);
  let stopped = false;
  const stopping = recurring.stop().then(() => {
    stopped = true;
  });
  await new Promise(setImmediate);
  assert.equal(stopped, false);
  runs[0]?.reject(new Error('given up'));
  await stopping;
  assert.deepEqual(failures, [], 'what fails because of the stop is no failure');
  const idle = given(3_600_000);
  idle.runs[0]?.resolve();
  await new Promise(setImmediate);
  await idle.recurring.stop();
});
