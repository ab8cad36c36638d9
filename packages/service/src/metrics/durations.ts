import { Histogram, type Registry } from 'prom-client';
import { hasSpanRecorder, isTraced } from '../telemetry/span.ts';
import { type TraceContext, traceIdOf } from '../trace-context.ts';

export interface DurationsOptions<Label extends string> {
  readonly registry: Registry;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  /** Upper bounds in seconds. Default: from a millisecond to ten seconds. */
  readonly buckets?: readonly number[];
}

/** How long something took, by labels. */
export interface Durations<Label extends string> {
  /** Counts one. If its trace is recorded, it becomes the example that its bucket shows. */
  observe(labels: Readonly<Record<Label, string>>, seconds: number, trace?: TraceContext): void;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A histogram whose buckets name a trace each; made once per registry, though several parts of a process may ask for it. */
export function createDurations<Label extends string>({
  registry,
  name,
  help,
  labelNames,
  buckets = SECONDS,
}: DurationsOptions<Label>): Durations<Label> {
  const existing = registry.getSingleMetric(name) as Histogram<Label> | undefined;
  const histogram =
    existing ?? new Histogram({ name, help, labelNames, buckets: [...buckets], registers: [], enableExemplars: true });
  // Registered by itself, it may hold examples in a registry that is also read in the format that has none.
  if (!existing) registry.registerMetric(histogram);
  const countKnown = countingOf(histogram as unknown as Counted, labelNames);
  return {
    observe(labels, seconds, trace) {
      const isExample = trace !== undefined && hasSpanRecorder() && isTraced(trace);
      if (!isExample && countKnown(labels, seconds)) return;
      histogram.observe({
        labels,
        value: seconds,
        ...(isExample && { exemplarLabels: { trace_id: traceIdOf(trace) } }),
      } as never);
    },
  };
}

/** What prom-client keeps of a histogram, by combination of labels. */
interface Counted {
  readonly upperBounds: readonly number[];
  readonly hashMap: Readonly<Record<string, Counts>>;
}

interface Counts {
  readonly labels: Readonly<Record<string, string | number>>;
  /** By upper bound, each without those of the bounds below it. */
  readonly bucketValues: Record<number, number>;
  sum: number;
  count: number;
}

/**
 * Counts in place what has labels that were seen before; false for everything else. The library checks and hashes the labels each
 * time, which is most of what a measurement costs, and a request has several.
 */
function countingOf<Label extends string>(histogram: Counted, labelNames: readonly Label[]) {
  let map = histogram.hashMap;
  let known = new Map<string, Counts>();

  return (labels: Readonly<Record<Label, string>>, seconds: number): boolean => {
    // A reset begins a new one.
    if (map !== histogram.hashMap) {
      map = histogram.hashMap;
      known = new Map();
    }
    let key = '';
    for (const name of labelNames) key += `${labels[name]}\n`;
    let counts = known.get(key);
    if (!counts) {
      counts = Object.values(map).find((one) => labelNames.every((name) => one.labels[name] === labels[name]));
      if (!counts) return false;
      known.set(key, counts);
    }
    if (!Number.isFinite(seconds)) return false;
    counts.sum += seconds;
    counts.count += 1;
    const bound = histogram.upperBounds.find((bound) => seconds <= bound);
    if (bound !== undefined) counts.bucketValues[bound]! += 1;
    return true;
  };
}
