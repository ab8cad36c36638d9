import { randomUUID } from 'node:crypto';
import { Product } from '@tributary/proto/gen/products/v1/product.ts';
import type { Logger } from '@tributary/service';
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import type { ProductState } from '../../read-model/read-model.ts';
import type { CacheAnswer, ProductCache } from '../cache.ts';
import { connect } from './connection.ts';

export interface RedisCacheOptions {
  /** Such as `redis://127.0.0.1:6379`. Redis may be away, now or later. */
  url: string;
  /** What every key begins with. Default `tributary:products:`. */
  keyPrefix?: string;
  /** How long an entry may live, in milliseconds. Default 10 minutes. */
  ttlMs?: number;
  /** How long a reader may take to fill an entry, in milliseconds. Default 2 seconds. */
  leaseMs?: number;
  /** How long a read may wait for Redis before it goes past it, in milliseconds. Default 30. */
  readTimeoutMs?: number;
  /** How long a write may wait for Redis, in milliseconds. Default 1000. */
  writeTimeoutMs?: number;
  logger: Logger;
}

/** So many failures in a row, and reads go past Redis at once. */
const FAILURES_TO_OPEN = 5;
/** Then one read tries again after this time, in milliseconds. */
const HALF_OPEN_AFTER_MS = 500;

/** The product cache in Redis, for any number of processes. */
export function createRedisCache(options: RedisCacheOptions): ProductCache {
  const { url, keyPrefix = 'tributary:products:', ttlMs = 600_000, leaseMs = 2_000, logger } = options;
  const { readTimeoutMs = 30, writeTimeoutMs = 1_000 } = options;
  const reads = connect({ url, purpose: 'reads', commandTimeoutMs: readTimeoutMs, logger });
  const writes = connect({ url, purpose: 'writes', commandTimeoutMs: writeTimeoutMs, logger });
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: HALF_OPEN_AFTER_MS,
    breaker: new ConsecutiveBreaker(FAILURES_TO_OPEN),
  });
  breaker.onBreak(() => logger.warn('Redis is too slow: products are read past the cache'));
  breaker.onReset(() => logger.info('Redis is fast again'));

  const keyOf = (run: string, id: string) => `${keyPrefix}${run}:${id}`;

  async function get(id: string): Promise<CacheAnswer> {
    const run = reads.run();
    if (run === null) return { kind: 'miss', lease: null };
    const lease = randomUUID();
    const answer = await breaker.execute(() => reads.redis.tributaryGetBuffer(keyOf(run, id), lease, leaseMs));
    if (typeof answer !== 'number') return { kind: 'hit', state: stateOf(answer) };
    return { kind: 'miss', lease: answer === 1 ? lease : null };
  }

  async function fill(id: string, state: ProductState, lease: string): Promise<void> {
    const run = reads.run();
    if (run !== null) await reads.redis.tributaryFill(keyOf(run, id), ...entryOf(state), ttlMs, lease);
  }

  async function put(state: ProductState): Promise<void> {
    const run = writes.run();
    if (run === null) throw new Error('Redis is away');
    await writes.redis.tributaryPut(keyOf(run, state.product.id), ...entryOf(state), ttlMs);
  }

  return {
    ttlMs,
    get: (id) => get(id).catch(() => ({ kind: 'miss', lease: null })),
    fill: (id, state, lease) => fill(id, state, lease).catch(() => {}),
    async put(states) {
      const settled = await Promise.allSettled(states.map(put));
      return states.flatMap(({ product }, index) => (settled[index]?.status === 'rejected' ? [product.id] : []));
    },
    trouble() {
      if (reads.run() === null || writes.run() === null) return 'is away';
      return breaker.state === CircuitState.Closed ? null : 'is too slow';
    },
    async close() {
      reads.close();
      writes.close();
    },
  };
}

function entryOf({ product, deleted }: ProductState): [string, Buffer, '0' | '1'] {
  return [String(product.version), Buffer.from(Product.encode(product).finish()), deleted ? '1' : '0'];
}

function stateOf([state, deleted]: [Buffer, Buffer]): ProductState {
  return { product: Product.decode(state), deleted: deleted.toString() === '1' };
}
