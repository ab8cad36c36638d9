import { Counter, Histogram, type Registry } from 'prom-client';
import type { InboxEntry } from '../inbox.ts';

export interface WriterMetrics {
  /** Seconds of a batch's transaction, its repetitions included. */
  commit: Histogram;
  conflicts: Counter;
  /** Counts outcomes by state and code. */
  count(entries: readonly InboxEntry[]): void;
}

export function writerMetrics(registry: Registry): WriterMetrics {
  const registers = [registry];
  const outcomes = new Counter({
    name: 'tributary_writer_outcomes_total',
    help: 'Commands that were decided, by state and, where refused, by code.',
    labelNames: ['state', 'code'],
    registers,
  });
  return {
    commit: new Histogram({
      name: 'tributary_writer_commit_seconds',
      help: 'Seconds from the begin to the commit of a batch, its repetitions included.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    conflicts: new Counter({
      name: 'tributary_writer_conflicts_total',
      help: 'Transactions that ran again because another writer was faster.',
      registers,
    }),
    count(entries) {
      for (const { outcome } of entries)
        outcomes.inc(
          outcome.rejection ? { state: 'REJECTED', code: outcome.rejection.code } : { state: 'COMMITTED', code: '' },
        );
    },
  };
}
