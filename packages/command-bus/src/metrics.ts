import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface CommandBusMetrics {
  /** Commands by what their submission came to. */
  readonly commands: Counter<'topic' | 'result'>;
  /** Seconds from submission to answer. */
  readonly duration: Histogram<'topic' | 'result'>;
  /** Submissions in hand. */
  readonly waiters: Gauge<'topic'>;
  /** Records of the events topic that could not be read. */
  readonly unreadable: Counter<'topic'>;
}

/** The bus's metrics in a registry; made once, though a process may have several buses. */
export function commandBusMetrics(registry: Registry): CommandBusMetrics {
  const existing = <M>(name: string) => registry.getSingleMetric(name) as M | undefined;
  const registers = [registry];
  return {
    commands:
      existing<CommandBusMetrics['commands']>('tributary_command_bus_commands_total') ??
      new Counter({
        name: 'tributary_command_bus_commands_total',
        help: 'Commands submitted, by what the submission came to.',
        labelNames: ['topic', 'result'],
        registers,
      }),
    duration:
      existing<CommandBusMetrics['duration']>('tributary_command_bus_duration_seconds') ??
      new Histogram({
        name: 'tributary_command_bus_duration_seconds',
        help: 'Seconds from the submission of a command to the answer.',
        labelNames: ['topic', 'result'],
        buckets: [0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        registers,
      }),
    waiters:
      existing<CommandBusMetrics['waiters']>('tributary_command_bus_waiters') ??
      new Gauge({
        name: 'tributary_command_bus_waiters',
        help: 'Submissions that wait for an acknowledgement or an outcome.',
        labelNames: ['topic'],
        registers,
      }),
    unreadable:
      existing<CommandBusMetrics['unreadable']>('tributary_command_bus_unreadable_records_total') ??
      new Counter({
        name: 'tributary_command_bus_unreadable_records_total',
        help: 'Records of the events topic that could not be read.',
        labelNames: ['topic'],
        registers,
      }),
  };
}
