import { type LogRecord, recordedTraceOf } from '@tributary/event-log';
import { commandIdTimeMs } from '@tributary/product';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import { createDurations } from '@tributary/service';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { CommandOutcome, ProductState } from './read-model/read-model.ts';

export interface ProjectorMetrics {
  /** Tells how long ago the commands were accepted whose changes were newer than what could be read before. */
  visible(batch: VisibleBatch, nowMs: number): void;
  /** Counts a batch: the products that were newer, and how long ago its events occurred. */
  projected(products: number, outcomes: readonly CommandOutcome[], nowMs: number): void;
  /** Reports how many products the cache has not been told of. */
  watchMissed(size: () => number): void;
  builds: Counter<'result'>;
}

export interface VisibleBatch {
  readonly records: readonly LogRecord[];
  /** One of each record. */
  readonly outcomes: readonly CommandOutcome[];
  /** What was newer than the read model. */
  readonly stored: readonly ProductState[];
}

export function projectorMetrics(registry: Registry): ProjectorMetrics {
  const registers = [registry];
  const products = new Counter({
    name: 'tributary_projector_products_total',
    help: 'Product states that were newer than the read model and stored.',
    registers,
  });
  const delay = new Histogram({
    name: 'tributary_projector_delay_seconds',
    help: 'Seconds from the decision of a command to its effect in the read model and the cache.',
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
    registers,
  });
  const sinceAccepted = createDurations({
    registry,
    name: 'tributary_projector_command_visible_seconds',
    help: 'Seconds from the acceptance of a command, which its id tells, until what it changed can be read.',
    labelNames: [],
    buckets: [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
  });
  return {
    visible({ records, outcomes, stored }, nowMs) {
      if (stored.length === 0) return;
      const changed = new Set(stored.map(({ product }) => product.id));
      outcomes.forEach(({ status: { commandId, productId, state } }, index) => {
        if (state !== CommandState.COMMAND_STATE_COMMITTED || !productId || !changed.has(productId)) return;
        const trace = recordedTraceOf(records[index]?.headers ?? {}) ?? undefined;
        sinceAccepted.observe({}, Math.max(0, nowMs - commandIdTimeMs(commandId)) / 1_000, trace);
      });
    },
    projected(stored, outcomes, nowMs) {
      products.inc(stored);
      for (const { decidedAtMs } of outcomes) delay.observe(Math.max(0, nowMs - decidedAtMs) / 1_000);
    },
    watchMissed(size) {
      new Gauge({
        name: 'tributary_projector_missed_cache_writes',
        help: 'Products that changed while the cache could not be told.',
        registers,
        collect() {
          this.set(size());
        },
      });
    },
    builds: new Counter({
      name: 'tributary_projector_builds_total',
      help: 'Builds of the read model from the write side, by result.',
      labelNames: ['result'],
      registers,
    }),
  };
}
