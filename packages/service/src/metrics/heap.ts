import { getHeapStatistics } from 'node:v8';
import { Gauge, type Registry } from 'prom-client';

/** Tells how far the heap may grow; Node tells by itself how far it has (`nodejs_heap_size_used_bytes`). */
export function measureHeapLimit(registry: Registry): void {
  new Gauge({
    name: 'tributary_heap_limit_bytes',
    help: 'What the heap may grow to before the process ends for want of memory.',
    registers: [registry],
    collect() {
      this.set(getHeapStatistics().heap_size_limit);
    },
  });
}
