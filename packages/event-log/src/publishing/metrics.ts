import { createDurations, type TraceContext } from '@tributary/service';
import { Counter, type Registry } from 'prom-client';
import { EventLogError } from '../event-log.ts';

export interface PublishingMetrics {
  /** Starts the clock of a publish, which its answer stops. */
  begin(
    topic: string,
    trace: TraceContext | undefined,
  ): {
    done(records: number): void;
    failed(error: unknown): void;
  };
}

/** What became of a publish: `OK`, the code of its failure, or `ERROR` for what has none. */
type Outcome = 'OK' | EventLogError['code'] | 'ERROR';

const known = new WeakMap<Registry, PublishingMetrics>();

/** The metrics of all publishing in a process, registered once. */
export function publishingMetrics(registry: Registry): PublishingMetrics {
  const existing = known.get(registry);
  if (existing) return existing;
  const durations = createDurations({
    registry,
    name: 'tributary_log_publish_duration_seconds',
    help: 'Seconds from a publish to its answer, by topic and outcome: OK, or the code of the failure.',
    labelNames: ['topic', 'outcome'],
  });
  const published = new Counter({
    name: 'tributary_log_published_records_total',
    help: 'Records that the log has acknowledged, by topic.',
    labelNames: ['topic'],
    registers: [registry],
  });
  const metrics: PublishingMetrics = {
    begin(topic, trace) {
      const startedMs = performance.now();
      const end = (outcome: Outcome) =>
        durations.observe({ topic, outcome }, (performance.now() - startedMs) / 1_000, trace);
      return {
        done(records) {
          end('OK');
          published.inc({ topic }, records);
        },
        failed: (error) => end(error instanceof EventLogError ? error.code : 'ERROR'),
      };
    },
  };
  known.set(registry, metrics);
  return metrics;
}
