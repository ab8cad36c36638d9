import { createDurations, type TraceContext } from '@tributary/service';
import type { Registry } from 'prom-client';
import { operations as restOperations } from './rest/operations.ts';

/** What the gateway counts. */
export interface GatewayMetrics {
  /** Starts the clock of an operation. The type is `none`, without a name, where it is not clear which one was asked for. */
  operation(trace: TraceContext): (type: string, name: string | undefined, outcome: 'ok' | 'errors') => void;
  /** Starts the clock of a request to a subgraph. */
  subgraphRequest(subgraph: string, trace: TraceContext): (outcome: 'ok' | 'errors' | 'unavailable') => void;
}

export function createMetrics(registry: Registry): GatewayMetrics {
  const operations = createDurations({
    registry,
    name: 'tributary_gateway_operation_duration_seconds',
    help: 'Time from receiving a GraphQL operation to its answer, by type and name. The first 100 names that are used have their own, all others are one.',
    labelNames: ['type', 'operation', 'outcome'],
  });
  const subgraphRequests = createDurations({
    registry,
    name: 'tributary_gateway_subgraph_request_duration_seconds',
    help: 'Time that a subgraph took to answer, retries included.',
    labelNames: ['subgraph', 'outcome'],
  });
  const nameOf = createOperationNames();
  return {
    operation(trace) {
      const startedMs = performance.now();
      return (type, name, outcome) =>
        operations.observe({ type, operation: nameOf(name), outcome }, secondsSince(startedMs), trace);
    },
    subgraphRequest(subgraph, trace) {
      const startedMs = performance.now();
      return (outcome) => subgraphRequests.observe({ subgraph, outcome }, secondsSince(startedMs), trace);
    },
  };
}

const MOST_NAMES = 100;
const LONGEST_NAME_CHARACTERS = 64;

/** Clients choose the names of their operations, so only so many of them become labels; the gateway's own are among these. */
function createOperationNames(): (name: string | undefined) => string {
  const names = new Set<string>([...Object.keys(restOperations), 'CommandOutcome']);
  return (name) => {
    if (name === undefined) return 'anonymous';
    if (names.has(name)) return name;
    if (names.size >= MOST_NAMES || name.length > LONGEST_NAME_CHARACTERS) return 'other';
    names.add(name);
    return name;
  };
}

function secondsSince(startedMs: number): number {
  return (performance.now() - startedMs) / 1_000;
}
