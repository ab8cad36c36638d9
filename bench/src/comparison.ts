import { type Measurement, median, type Pair } from './measurement.ts';

/** A change by so many per cent: the median of the pairs, and between which values it lies in 95 of 100 cases. */
export interface Change {
  median: number;
  low: number;
  high: number;
}

/** What a case costs beyond what it was measured in turns with. */
export interface Comparison {
  name: string;
  /** What it was measured in turns with. */
  against: string;
  pairs: number;
  /** Time on processors per operation of all processes. */
  all: Change;
  /** The same, of each process that does enough for it to mean something. */
  byProcess: Record<string, Change>;
  p50: Change;
  p99: Change;
}

export interface Compared {
  name: string;
  against?: string;
  runs: readonly Measurement[];
}

/** What takes less of an operation than this, in microseconds, is mostly what a process does when it has nothing to do. */
const LEAST_CPU_US = 20;

/** Compares the cases that were measured in turns with something else, pair by pair. */
export function compare(results: readonly Compared[]): Comparison[] {
  return results.flatMap(({ name, against, runs }) => {
    const pairs = runs.flatMap((run) => run.pairs ?? []);
    const [first] = pairs;
    if (against === undefined || !first) return [];
    const cpuUs = (process: string) => (one: Measurement) => one.usage?.[process]?.cpuUs ?? 0;
    const processes = Object.keys(first.own.usage ?? {}).filter(
      (process) => median(pairs.map(({ other }) => cpuUs(process)(other))) >= LEAST_CPU_US,
    );
    return [
      {
        name,
        against,
        pairs: pairs.length,
        all: changeOf(pairs, (one) => sum(Object.values(one.usage ?? {}).map((share) => share.cpuUs))),
        byProcess: Object.fromEntries(processes.map((process) => [process, changeOf(pairs, cpuUs(process))])),
        p50: changeOf(pairs, (one) => one.p50Ms ?? 0),
        p99: changeOf(pairs, (one) => one.p99Ms ?? 0),
      },
    ];
  });
}

function changeOf(pairs: readonly Pair[], value: (one: Measurement) => number): Change {
  const changes = pairs.map(({ own, other }) => (value(own) / value(other) - 1) * 100).sort((a, b) => a - b);
  // By the binomial distribution of how many values lie below the true median, as it is for many.
  const outside = Math.max(0, Math.floor((changes.length - 1.96 * Math.sqrt(changes.length)) / 2));
  return { median: median(changes), low: changes[outside]!, high: changes.at(-1 - outside)! };
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
