import { performance } from 'node:perf_hooks';
import { Gauge, type Registry } from 'prom-client';

/** Measures how busy the event loop is. */
export function measureEventLoop(registry: Registry): void {
  let before = performance.eventLoopUtilization();
  new Gauge({
    name: 'tributary_event_loop_utilization_ratio',
    help: 'How much of the time since the last look at it the event loop was busy, from 0 to 1.',
    registers: [registry],
    collect() {
      const now = performance.eventLoopUtilization();
      const { utilization } = performance.eventLoopUtilization(now, before);
      before = now;
      // Of no time at all there is no share.
      if (Number.isFinite(utilization)) this.set(utilization);
    },
  });
}
