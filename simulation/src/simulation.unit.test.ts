import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './simulate.ts';
import { explain } from './testing/explain.ts';
import { runSchedules } from './testing/schedules.ts';

/** `SIMULATION_SEED=n` runs that one schedule, `SIMULATION_SCHEDULES=m` so many from there on. */
const { SIMULATION_SEED, SIMULATION_SCHEDULES } = process.env;
const FIRST_SEED = Number(SIMULATION_SEED ?? 1);
const SCHEDULES = Number(SIMULATION_SCHEDULES ?? (SIMULATION_SEED === undefined ? 2_000 : 1));

test(`in ${SCHEDULES} schedules, from seed ${FIRST_SEED} on, every promise is kept`, async (t) => {
  const startedMs = performance.now();
  const { failed, ...sum } = await runSchedules({ firstSeed: FIRST_SEED, schedules: SCHEDULES });
  if (failed) assert.fail(explain(failed));
  const seconds = (performance.now() - startedMs) / 1_000;
  const perSecond = (count: number) => Math.round(count / seconds);
  t.diagnostic(`${sum.steps} steps, ${sum.commands} commands, ${sum.events} events in ${seconds.toFixed(1)} s`);
  t.diagnostic(`${perSecond(SCHEDULES)} schedules/s, ${perSecond(sum.steps)} steps/s`);
});

test('a seed is the same schedule each time', async () => {
  const seeds = [FIRST_SEED, FIRST_SEED + 7, FIRST_SEED + 1_000];
  const first: string[][] = [];
  for (const seed of seeds) first.push((await simulate(seed)).trace);
  // In another order, so that nothing of one is carried into the next.
  for (const [index, seed] of [...seeds.entries()].reverse())
    assert.deepEqual((await simulate(seed)).trace, first[index], `seed ${seed}`);
  assert.notDeepEqual(first[0], first[1]);
});
