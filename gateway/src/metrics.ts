import { Histogram, type Registry } from 'prom-client';

/** What the gateway counts. */
export interface GatewayMetrics {
  /** Starts the clock of an operation. */
  operation(): (type: string, outcome: 'ok' | 'errors') => void;
  /** Starts the clock of a request to a subgraph. */
  subgraphRequest(subgraph: string): (outcome: 'ok' | 'errors' | 'unavailable') => void;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function createMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry];
  const operations = new Histogram({
    name: 'tributary_gateway_operation_duration_seconds',
    help: 'Time from receiving a GraphQL operation to its answer, by type of operation.',
    labelNames: ['type', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  const subgraphRequests = new Histogram({
    name: 'tributary_gateway_subgraph_request_duration_seconds',
    help: 'Time that a subgraph took to answer, retries included.',
    labelNames: ['subgraph', 'outcome'],
    buckets: SECONDS,
    registers,
  });
  return {
    operation() {
      const end = operations.startTimer();
      return (type, outcome) => void end({ type, outcome });
    },
    subgraphRequest(subgraph) {
      const end = subgraphRequests.startTimer({ subgraph });
      return (outcome) => void end({ outcome });
    },
  };
}
