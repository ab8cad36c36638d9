import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

type Labels = { topic: string; group: string };

/** How far a consumption is behind, per partition that it has. */
export interface Lag {
  records(): ReadonlyMap<number, bigint>;
  /** How old the oldest record is that is not handled, at least, in milliseconds. */
  ageMs(partition: number): number;
}

export interface ConsumerMetrics {
  records: Counter<'topic' | 'group'>;
  batchSize: Histogram<'topic' | 'group'>;
  duration: Histogram<'topic' | 'group'>;
  failures: Counter<'topic' | 'group'>;
  deadLetters: Counter<'topic' | 'group'>;
  lost: Counter<'topic' | 'group'>;
  /** Reports the lag of a consumption from now on. */
  watchLag(labels: Labels, lag: Lag): void;
}

const known = new WeakMap<Registry, ConsumerMetrics>();

/** The metrics of all consumers in a process, registered once. */
export function consumerMetrics(registry: Registry): ConsumerMetrics {
  const existing = known.get(registry);
  if (existing) return existing;
  const registers = [registry];
  const labelNames = ['topic', 'group'] as const;
  const watched: { labels: Labels; lag: Lag }[] = [];
  new Gauge({
    name: 'tributary_consumer_lag_records',
    help: 'Records between what was handled and the end of the partition.',
    labelNames: ['topic', 'group', 'partition'],
    registers,
    collect() {
      this.reset();
      for (const { labels, lag } of watched)
        for (const [partition, records] of lag.records()) this.set({ ...labels, partition }, Number(records));
    },
  });
  new Gauge({
    name: 'tributary_consumer_lag_seconds',
    help: 'Age of the oldest record of the partition that is not handled; 0 when all are.',
    labelNames: ['topic', 'group', 'partition'],
    registers,
    collect() {
      this.reset();
      for (const { labels, lag } of watched)
        for (const [partition, records] of lag.records())
          this.set({ ...labels, partition }, records > 0n ? lag.ageMs(partition) / 1_000 : 0);
    },
  });
  const metrics: ConsumerMetrics = {
    records: new Counter({ name: 'tributary_consumer_records_total', help: 'Records handled.', labelNames, registers }),
    batchSize: new Histogram({
      name: 'tributary_consumer_batch_records',
      help: 'Records in a batch.',
      labelNames,
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500],
      registers,
    }),
    duration: new Histogram({
      name: 'tributary_consumer_batch_seconds',
      help: 'How long a batch took, failed ones included.',
      labelNames,
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    failures: new Counter({
      name: 'tributary_consumer_failures_total',
      help: 'Batches that failed and come again.',
      labelNames,
      registers,
    }),
    deadLetters: new Counter({
      name: 'tributary_consumer_dead_letters_total',
      help: 'Records that could not be handled and were kept as dead letters.',
      labelNames,
      registers,
    }),
    lost: new Counter({
      name: 'tributary_consumer_lost_records_total',
      help: 'Records that the log deleted before they were handled.',
      labelNames,
      registers,
    }),
    watchLag: (labels, lag) => {
      watched.push({ labels, lag });
    },
  };
  known.set(registry, metrics);
  return metrics;
}
