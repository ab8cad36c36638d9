import { cacheContract } from '../../../workers/projector/src/product/cache/contract.ts';
import { createMemoryCacheServer, type MemoryCache } from './cache.ts';

cacheContract('the cache of the simulation', async () => {
  let server: MemoryCache | undefined;
  return {
    async open(times) {
      server ??= createMemoryCacheServer({ ...times, nowMs: Date.now });
      return server.connect();
    },
    flush: async () => server?.flush(),
    stop: async () => {},
  };
});
