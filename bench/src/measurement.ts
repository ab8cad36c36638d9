import type { UsageShare } from './usage.ts';

/** What one run of a case measured; what does not apply is absent. */
export interface Measurement {
  perSecond?: number;
  p50Ms?: number;
  p99Ms?: number;
  failures?: number;
  /** What the services measured of the steps of a command's way, in milliseconds. */
  phasesMs?: Record<string, number>;
  /** What this case alone measures, by name and unit. */
  figures?: Record<string, number>;
  /** By the name of the process. */
  usage?: Record<string, UsageShare>;
  /** Turns that alternated with turns of something else. */
  pairs?: readonly Pair[];
}

/** Two turns right after one another: what disturbs the machine disturbs both. */
export interface Pair {
  readonly own: Measurement;
  readonly other: Measurement;
}

/** A case of the benchmark, ready to run: what it needs is up. */
export interface Case {
  /** Such as `create OUTCOME @32`. */
  name: string;
  run(): Promise<Measurement>;
  /** Whether a first run, which is not counted, makes the next ones alike. */
  warmsUp?: boolean;
  /** What it is measured in turns with, if it is. */
  against?: string;
}

/** The medians of several runs, number by number. */
export function medianOf(runs: readonly Measurement[]): Measurement {
  const [first] = runs;
  if (!first) return {};
  const of = (value: (run: Measurement) => number | undefined) => {
    const values = runs.map(value).filter((one): one is number => one !== undefined);
    return values.length === 0 ? undefined : median(values);
  };
  const phases = Object.keys(first.phasesMs ?? {}).map((name) => [name, of((run) => run.phasesMs?.[name])]);
  const figures = Object.keys(first.figures ?? {}).map((name) => [name, of((run) => run.figures?.[name])]);
  const usage = Object.keys(first.usage ?? {}).map((name) => [
    name,
    { cpuUs: of((run) => run.usage?.[name]?.cpuUs), rssBytes: of((run) => run.usage?.[name]?.rssBytes) },
  ]);
  const numbers = {
    perSecond: of((run) => run.perSecond),
    p50Ms: of((run) => run.p50Ms),
    p99Ms: of((run) => run.p99Ms),
    failures: first.failures === undefined ? undefined : Math.max(...runs.map((run) => run.failures ?? 0)),
  };
  const known = Object.fromEntries(Object.entries(numbers).filter(([, value]) => value !== undefined));
  return {
    ...known,
    ...(first.phasesMs && { phasesMs: Object.fromEntries(phases) }),
    ...(first.figures && { figures: Object.fromEntries(figures) }),
    ...(first.usage && { usage: Object.fromEntries(usage) }),
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[middle - 1], sorted[middle]];
  if (high === undefined) return Number.NaN;
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2;
}

/** The value below which a share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
