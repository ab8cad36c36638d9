import { type Measurement, median } from './measurement.ts';

/** A change by so many per cent: the median of the rounds, and those that differ most. */
export interface Change {
  median: number;
  least: number;
  greatest: number;
}

/** What a case costs beyond another. */
export interface Comparison {
  name: string;
  /** The name of the other. */
  with: string;
  /** Time on processors per operation of all processes. */
  all: Change;
  /** The same, of each process that does enough for it to mean something. */
  byProcess: Record<string, Change>;
}

export interface Compared {
  name: string;
  comparedWith?: readonly string[];
  runs: readonly Measurement[];
}

/** What takes less of an operation than this, in microseconds, is mostly what a process does when it has nothing to do. */
const LEAST_CPU_US = 20;

/** Compares the cases with those that they name, each round with the other's of the same round. */
export function compare(results: readonly Compared[]): Comparison[] {
  const byName = new Map(results.map((result) => [result.name, result]));
  return results.flatMap(({ name, comparedWith = [], runs }) =>
    comparedWith.flatMap((other) => {
      const others = byName.get(other)?.runs ?? [];
      const changed = (cpuUs: (run: Measurement) => number) => changeOf(runs.map(cpuUs), others.map(cpuUs));
      const all = changed((run) => sum(Object.values(run.usage ?? {}).map((share) => share.cpuUs)));
      if (all === null) return [];
      const byProcess = Object.keys(runs[0]?.usage ?? {}).flatMap((process) => {
        const cpuUs = (run: Measurement) => run.usage?.[process]?.cpuUs ?? 0;
        const change = median(others.map(cpuUs)) < LEAST_CPU_US ? null : changed(cpuUs);
        return change ? [[process, change] as const] : [];
      });
      return [{ name, with: other, all, byProcess: Object.fromEntries(byProcess) }];
    }),
  );
}

/** Null where the two have no round in common. */
function changeOf(values: readonly number[], others: readonly number[]): Change | null {
  const changes = values.flatMap((value, round) => {
    const other = others[round];
    return other ? [(value / other - 1) * 100] : [];
  });
  if (changes.length === 0) return null;
  return { median: median(changes), least: Math.min(...changes), greatest: Math.max(...changes) };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
