import assert from 'node:assert/strict';
import { until } from '@tributary/service/testing';
import type { ProductCache } from '../product/cache/cache.ts';
import type { ProductState } from '../product/read-model/read-model.ts';

/** Looks a product up that is not cached, for the right to fill its entry. */
export async function leaseOf(cache: ProductCache, id: string): Promise<string> {
  const answer = await cache.get(id);
  assert(answer.kind === 'miss' && answer.lease !== null, 'a lease is given');
  return answer.lease;
}

/** Has a cache hold a state that it does not hold, the only way there is: by a miss. Takes its time when the cache does. */
export async function cached(cache: ProductCache, state: ProductState): Promise<void> {
  const { id } = state.product;
  await until('the cache holds it', async () => {
    const answer = await cache.get(id);
    if (answer.kind === 'miss') return answer.lease !== null && cache.fill(id, state, answer.lease);
    assert.equal(answer.state.product.version, state.product.version, 'the cache held another version before');
    return true;
  });
}
