import { Counter, Histogram, type Registry } from 'prom-client';
import { EventLogError } from '../event-log.ts';

export interface PublishingMetrics {
  /** Starts the clock of a publish, which its answer stops. */
  begin(topic: string): {
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
  const registers = [registry];
  const duration = new Histogram({
    name: 'tributary_log_publish_duration_seconds',
    help: 'Seconds from a publish to its answer, by topic and outcome: OK, or the code of the failure.',
    labelNames: ['topic', 'outcome'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  const published = new Counter({
    name: 'tributary_log_published_records_total',
    help: 'Records that the log has acknowledged, by topic.',
    labelNames: ['topic'],
    registers,
  });
  const metrics: PublishingMetrics = {
    begin(topic) {
      const startedMs = performance.now();
      const end = (outcome: Outcome) => duration.observe({ topic, outcome }, (performance.now() - startedMs) / 1_000);
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
