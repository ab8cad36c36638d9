import { Counter, Gauge, type Registry } from 'prom-client';

export interface RedisCacheMetrics {
  refusedFills: Counter;
  failedWrites: Counter;
}

/** What only the adapter knows; the requests are counted by `measured`. */
export function redisCacheMetrics(registry: Registry, isBreakerOpen: () => boolean): RedisCacheMetrics {
  const registers = [registry];
  new Gauge({
    name: 'tributary_cache_breaker_open',
    help: '1 while reads go past Redis because it has been too slow, else 0.',
    registers,
    collect() {
      this.set(isBreakerOpen() ? 1 : 0);
    },
  });
  return {
    refusedFills: new Counter({
      name: 'tributary_cache_refused_fills_total',
      help: 'Fills refused because their lease had ended: the product changed, was forgotten, or the reader was too slow.',
      registers,
    }),
    failedWrites: new Counter({
      name: 'tributary_cache_failed_writes_total',
      help: 'Product states that could not be written to Redis, each attempt counted.',
      registers,
    }),
  };
}
