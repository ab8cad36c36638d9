import { Counter, Gauge, type Registry } from 'prom-client';

/** How records reach their topic: from the memory of the writer that decided them, or from the outbox table. */
export type RelayPath = 'memory' | 'table';

export interface OutboxMetrics {
  relayed: Counter<'path'>;
  failures: Counter<'path'>;
  backlog: Gauge;
  oldest: Gauge;
}

export function outboxMetrics(registry: Registry): OutboxMetrics {
  const registers = [registry];
  return {
    relayed: new Counter({
      name: 'tributary_writer_outbox_relayed_total',
      help: 'Records relayed from the outbox to their topic, repeats included.',
      labelNames: ['path'],
      registers,
    }),
    failures: new Counter({
      name: 'tributary_writer_outbox_relay_failures_total',
      help: 'Relays that failed; the records stay in the outbox and are relayed again.',
      labelNames: ['path'],
      registers,
    }),
    backlog: new Gauge({
      name: 'tributary_writer_outbox_backlog_records',
      help: 'Records that are decided and not yet acknowledged by the event log, of all writers.',
      registers,
    }),
    oldest: new Gauge({
      name: 'tributary_writer_outbox_oldest_seconds',
      help: 'Age of the oldest record in the outbox; 0 when it is empty.',
      registers,
    }),
  };
}
