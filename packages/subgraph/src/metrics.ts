import { createDurations, type Durations } from '@tributary/service';
import { Counter, type Registry } from 'prom-client';

export interface SubgraphMetrics {
  readonly requests: Durations<'subgraph' | 'type' | 'result'>;
  readonly errors: Counter<'subgraph' | 'code'>;
}

/** The subgraphs' metrics in a registry; made once, though a process may host several subgraphs. */
export function subgraphMetrics(registry: Registry): SubgraphMetrics {
  const errors = registry.getSingleMetric('tributary_subgraph_errors_total') as SubgraphMetrics['errors'] | undefined;
  return {
    requests: createDurations({
      registry,
      name: 'tributary_subgraph_request_duration_seconds',
      help: 'Seconds that a GraphQL operation took.',
      labelNames: ['subgraph', 'type', 'result'],
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    }),
    errors:
      errors ??
      new Counter({
        name: 'tributary_subgraph_errors_total',
        help: 'GraphQL errors answered, by code.',
        labelNames: ['subgraph', 'code'],
        registers: [registry],
      }),
  };
}
