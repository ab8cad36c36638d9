import type { Metric, Registry } from 'prom-client';
import { hasSpanRecorder, isTraced } from '../telemetry/span.ts';
import { type TraceContext, traceIdOf } from '../trace-context.ts';
import { createHistogram, type Histogram } from './histogram.ts';

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
  const existing = registry.getSingleMetric(name) as unknown as Histogram<Label> | undefined;
  const histogram = existing ?? createHistogram({ name, help, labelNames, buckets });
  if (!existing) registry.registerMetric(histogram as unknown as Metric);
  return {
    observe(labels, seconds, trace) {
      const isExample = trace !== undefined && hasSpanRecorder() && isTraced(trace);
      histogram.observe(labels, seconds, isExample ? { trace_id: traceIdOf(trace) } : undefined);
    },
  };
}
