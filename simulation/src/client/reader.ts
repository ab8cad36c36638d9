import type { Random } from '@tributary/service/random';
import { createProductChanges } from '../../../workers/projector/src/product/changes.ts';
import { createProductLoads } from '../../../workers/projector/src/product/loads.ts';
import type { ReadModel } from '../../../workers/projector/src/product/read-model/read-model.ts';
import { createProductReads, type ProductReads } from '../../../workers/projector/src/product/reads.ts';
import { createVersionWaits } from '../../../workers/projector/src/product/version-waits.ts';
import type { Connected, Servers } from '../system.ts';
import type { Catalogue } from './requests.ts';

/** Reads as `createReader` composes them, without its gRPC server. */
export function readsOf({ calls }: Connected, servers: Servers): ProductReads {
  const loads = createProductLoads(servers.readModel.connect(calls) as ReadModel);
  const waits = createVersionWaits({ loads, changes: createProductChanges() });
  return createProductReads({ cache: servers.cache.connect(calls), loads, waits });
}

export interface ReaderOptions {
  connected: Connected;
  servers: Servers;
  catalogue: Catalogue;
  random: Random;
  /** How many times it reads. */
  times: number;
}

/** Reads now this and now that through the cache, and so fills it. Resolves when it is done. */
export async function runReader({ connected, servers, catalogue, random, times }: ReaderOptions): Promise<void> {
  const reads = readsOf(connected, servers);
  const { signal } = new AbortController();
  for (let count = 0; count < times; count += 1) {
    await connected.process.turn('read');
    const ids = random.shuffled(catalogue.ids()).slice(0, 2);
    await reads
      .read(
        ids.map((id) => ({ id, waitMs: 0 })),
        signal,
      )
      .catch(() => []);
  }
}
