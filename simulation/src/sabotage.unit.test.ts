import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Simulated, simulate } from './simulate.ts';
import type { Sabotage } from './system.ts';
import { explain } from './testing/explain.ts';

/** A simulation that finds nothing proves nothing: each of these ports breaks one promise, and a schedule shows it. */
const sabotages: readonly { what: string; sabotage: () => Sabotage; shows: RegExp }[] = [
  {
    what: 'a read model that stores older versions over newer ones',
    sabotage: () => ({ readModel: { isNewer: () => true } }),
    shows: /the read model went from \d+ to \d+/,
  },
  {
    what: 'a cache that lets readers fill without their lease',
    sabotage: () => ({ cache: { holds: () => true } }),
    shows: /the cache holds .*, but was told of/,
  },
  {
    what: 'a cache that puts older versions over newer ones',
    sabotage: () => ({ cache: { isNewer: () => true } }),
    shows: /the cache holds .*, but was told of/,
  },
  {
    what: 'a cache in which a put makes an entry where there is none',
    sabotage: () => ({ cache: { putWithoutEntry: 'makes entry' } }),
    shows: /the cache holds .*, but was told of/,
  },
  {
    what: 'a cache in which a put ends no lease',
    sabotage: () => ({ cache: { putWithoutEntry: 'does nothing' } }),
    shows: /the cache holds .*, but was told of/,
  },
  {
    what: 'a write store whose idempotency keys are not unique',
    sabotage: () => ({ writeStore: { keysAreUnique: false } }),
    shows: /commands took the key/,
  },
  {
    what: 'a write store that locks nothing',
    sabotage: () => ({ writeStore: { rowsAreLocked: false } }),
    shows: /follows version|has two ends|other than its events tell/,
  },
  {
    what: 'a log that acknowledges what it loses',
    sabotage: () => {
      let publishes = 0;
      return { log: { loses: () => ++publishes % 10 === 0 } };
    },
    shows: /was acknowledged and is not in the log|has no outcome|follows version/,
  },
];

const SCHEDULES = 1_000;

for (const { what, sabotage, shows } of sabotages)
  test(`${what} is found out`, async (t) => {
    const found = await findViolation(sabotage, shows);
    const { seed, violations, trace } = found;
    t.diagnostic(`by seed ${seed}`);
    const told = explain(found);
    assert(told.includes(violations[0] ?? 'none') && told.includes(trace.at(-1) ?? 'none'));
    assert.match(told, new RegExp(`SIMULATION_SEED=${seed} node --test`));
    assert.deepEqual(await simulate(seed, sabotage()), found, 'it is the same again');
    assert.deepEqual((await simulate(seed)).violations, [], 'it is the sabotage that the schedule shows');
  });

async function findViolation(sabotage: () => Sabotage, shows: RegExp): Promise<Simulated> {
  for (let seed = 1; seed <= SCHEDULES; seed += 1) {
    const simulated = await simulate(seed, sabotage());
    if (simulated.violations.some((violation) => shows.test(violation))) return simulated;
  }
  return assert.fail(`not in ${SCHEDULES} schedules`);
}
