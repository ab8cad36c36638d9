import { recordedTraceOf } from '@tributary/event-log';
import { commandIdTimeMs } from '@tributary/product';
import { createDurations } from '@tributary/service';
import { Counter, Histogram, type Registry } from 'prom-client';
import type { DecidedBatch } from './batch.ts';

export interface WriterMetrics {
  /** Seconds of a batch's transaction, its repetitions included. */
  commit: Histogram;
  conflicts: Counter;
  /** Counts outcomes by state and code, and how long ago their commands were accepted. */
  decided(batch: DecidedBatch, nowMs: number): void;
}

export function writerMetrics(registry: Registry): WriterMetrics {
  const registers = [registry];
  const outcomes = new Counter({
    name: 'tributary_writer_outcomes_total',
    help: 'Commands that were decided, by state and, where refused, by code.',
    labelNames: ['state', 'code'],
    registers,
  });
  const sinceAccepted = createDurations({
    registry,
    name: 'tributary_writer_command_outcome_seconds',
    help: 'Seconds from the acceptance of a command, which its id tells, to the commit of its outcome: COMMITTED or REJECTED.',
    labelNames: ['outcome'],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
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
    decided({ entries, records }, nowMs) {
      entries.forEach(({ commandId, outcome }, index) => {
        const state = outcome.rejection ? 'REJECTED' : 'COMMITTED';
        const trace = recordedTraceOf(records[index]?.headers ?? {}) ?? undefined;
        outcomes.inc({ state, code: outcome.rejection?.code ?? '' });
        sinceAccepted.observe({ outcome: state }, Math.max(0, nowMs - commandIdTimeMs(commandId)) / 1_000, trace);
      });
    },
  };
}
