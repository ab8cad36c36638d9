import type { Simulated } from '../simulate.ts';

/** The end of the schedule is where it shows; the whole of it comes with the seed. */
const LAST_STEPS = 150;

/** What a failed schedule tells its reader. */
export function explain({ seed, violations, trace }: Simulated): string {
  return [
    `seed ${seed}:`,
    ...violations.map((violation) => `  ${violation}`),
    `the last ${Math.min(LAST_STEPS, trace.length)} of ${trace.length} steps:`,
    ...trace.slice(-LAST_STEPS),
    `again: SIMULATION_SEED=${seed} node --test simulation/src/simulation.unit.test.ts`,
  ].join('\n');
}
