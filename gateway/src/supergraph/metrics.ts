import { Counter, Gauge, type Registry } from 'prom-client';

/** What is counted of supergraphs. */
export interface SupergraphMetrics {
  /** `unreadable`: its file could not be read. */
  load(outcome: 'loaded' | 'unchanged' | 'refused' | 'unreadable'): void;
  /** The supergraph that serves now. */
  serving(generation: number, digest: string): void;
}

export function createSupergraphMetrics(registry: Registry): SupergraphMetrics {
  const registers = [registry];
  const loads = new Counter({
    name: 'tributary_gateway_supergraph_loads_total',
    help: 'Attempts to load a supergraph, the first one included, by outcome.',
    labelNames: ['outcome'],
    registers,
  });
  const serving = new Gauge({
    name: 'tributary_gateway_supergraph_generation',
    help: 'How many supergraphs this process has loaded; the label is the SHA-256 of the one that serves now.',
    labelNames: ['digest'],
    registers,
  });
  return {
    load: (outcome) => loads.inc({ outcome }),
    serving(generation, digest) {
      serving.reset();
      serving.set({ digest }, generation);
    },
  };
}
