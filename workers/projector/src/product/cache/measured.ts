import { Counter, Gauge, type Registry } from 'prom-client';
import type { CacheAnswer, ProductCache } from './cache.ts';

/** The same cache, its reads counted. */
export function measured(cache: ProductCache, registry: Registry): ProductCache {
  const registers = [registry];
  const requests = new Counter({
    name: 'tributary_cache_requests_total',
    help: 'Products looked up in the cache: found, missed, or missed because it does not answer.',
    labelNames: ['result'],
    registers,
  });
  new Gauge({
    name: 'tributary_cache_available',
    help: '1 while the cache answers, 0 while reads go past it.',
    registers,
    collect() {
      this.set(cache.trouble() === null ? 1 : 0);
    },
  });
  const resultOf = (answer: CacheAnswer) => (answer.kind === 'miss' && answer.isAway ? 'away' : answer.kind);
  return {
    ...cache,
    async get(id) {
      const answer = await cache.get(id);
      requests.inc({ result: resultOf(answer) });
      return answer;
    },
  };
}
