import { inWords, total } from './counts.ts';
import { clock, type RunResult } from './run.ts';

/** The result of a run for people. */
export function summaryOf(
  seed: number,
  { durationMs, counts, faults, endedByThemselves, violations }: RunResult,
): string {
  const { injected, recoveryMs } = faults;
  const slowest = Object.entries(recoveryMs).sort(([, a], [, b]) => b - a);
  const lines = [
    `seed        ${seed} (fixes the schedule of faults and what clients choose, not the interleaving)`,
    `duration    ${clock(durationMs)}`,
    `faults      ${total(injected)}: ${inWords(injected)}`,
    `commands    ${total(counts.commands)}: ${inWords(counts.commands)}`,
    `reads       ${total(counts.reads)}: ${inWords(counts.reads)}`,
    `recovery    ${slowest.map(([kind, ms]) => `${kind} ${seconds(ms)}`).join(', ') || 'not waited for'} (worst: all ready after it was mended)`,
    `silence     ${seconds(counts.longestSilenceMs)} at most between two commits`,
    `restarts    ${endedByThemselves.length === 0 ? 'no process ended by itself' : `ended by themselves: ${endedByThemselves.join(', ')}`}`,
    `violations  ${violations.length}`,
  ];
  return lines.join('\n');
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
