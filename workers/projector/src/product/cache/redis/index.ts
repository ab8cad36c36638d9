import { randomUUID } from 'node:crypto';
import { Product } from '@tributary/proto/gen/products/v1/product.ts';
import type { Logger } from '@tributary/service';
import { Registry } from 'prom-client';
import type { ProductState } from '../../read-model/read-model.ts';
import type { CacheAnswer, ProductCache } from '../cache.ts';
import { connect } from './connection.ts';
import { createReadGuard } from './guard.ts';
import { redisCacheMetrics } from './metrics.ts';
import { createNotice } from './notice.ts';

export interface RedisCacheOptions {
  /** Such as `redis://127.0.0.1:6379`. Redis may be away, now or later. */
  url: string;
  /** What every key begins with. Default `tributary:products:`. */
  keyPrefix?: string;
  /** How long an entry may live after it was filled, in milliseconds. Default 10 minutes. */
  ttlMs?: number;
  /** How long a reader may take to fill an entry, in milliseconds. Default 2 seconds. */
  leaseMs?: number;
  /** How long a read may wait for Redis before it goes past it, in milliseconds. Default 30. */
  readTimeoutMs?: number;
  /** How long a write may wait for Redis, and how long it may stay silent before it is away, in milliseconds. Default 1000. */
  writeTimeoutMs?: number;
  logger: Logger;
  /** Takes `tributary_cache_refused_fills_total`, `…_failed_writes_total` and `…_breaker_open`; of one cache. */
  registry?: Registry;
}

const STATES_PER_PIPELINE = 500;
const KEYS_PER_SCAN = 1_000;
const AWAY: CacheAnswer = { kind: 'miss', lease: null, isAway: true };

/** The product cache in Redis, for any number of processes. Connects in the background. */
export function createRedisCache(options: RedisCacheOptions): ProductCache {
  const { url, keyPrefix = 'tributary:products:', ttlMs = 600_000, leaseMs = 2_000 } = options;
  const { readTimeoutMs = 30, writeTimeoutMs = 1_000, logger, registry = new Registry() } = options;
  const notice = createNotice(logger, trouble);
  const events = { onAway: notice.away, onReady: notice.perhapsBack };
  // A batch of writes must not stand in the way of reads.
  const reads = connect({ url, purpose: 'reads', timeoutMs: writeTimeoutMs, ...events });
  const writes = connect({ url, purpose: 'writes', timeoutMs: writeTimeoutMs, ...events });
  const guard = createReadGuard({
    timeoutMs: readTimeoutMs,
    onOpen: notice.away,
    onClosed: notice.perhapsBack,
  });
  const metrics = redisCacheMetrics(registry, guard.isOpen);

  function trouble(): string | null {
    const away = [reads, writes].find((connection) => connection.run() === null);
    if (away) return `is away: ${away.reason()}`;
    return guard.isOpen() ? 'is too slow' : null;
  }

  const keyOf = (run: string, id: string) => `${keyPrefix}${run}:${id}`;

  async function get(id: string): Promise<CacheAnswer> {
    const run = reads.run();
    if (run === null) return AWAY;
    const lease = randomUUID();
    const answer = await guard.run(() => reads.redis.tributaryGetBuffer(keyOf(run, id), lease, leaseMs));
    if (typeof answer !== 'number') return { kind: 'hit', state: stateOf(answer) };
    return { kind: 'miss', lease: answer === 1 ? lease : null };
  }

  async function fill(id: string, state: ProductState, lease: string): Promise<boolean> {
    const run = reads.run();
    if (run === null) return false;
    const isFilled = await reads.redis.tributaryFill(keyOf(run, id), ...entryOf(state), lease, ttlMs);
    if (isFilled === 0) metrics.refusedFills.inc();
    return isFilled === 1;
  }

  /** The ids that could not be written. */
  async function putSome(states: readonly ProductState[]): Promise<string[]> {
    const run = writes.run();
    if (run === null) return states.map(idOf);
    const pipeline = writes.redis.pipeline();
    for (const state of states) pipeline.tributaryPut(keyOf(run, idOf(state)), ...entryOf(state));
    const results = await pipeline.exec();
    return states.map(idOf).filter((_, index) => results?.[index]?.[0] !== null);
  }

  /** Whether the keys of this run, the only ones that are read, are gone. */
  async function clear(): Promise<boolean> {
    const run = writes.run();
    if (run === null) return false;
    let cursor = '0';
    do {
      const [next, keys] = await writes.redis.scan(
        cursor,
        'MATCH',
        `${literal(keyOf(run, ''))}*`,
        'COUNT',
        KEYS_PER_SCAN,
      );
      if (keys.length > 0) await writes.redis.unlink(keys);
      cursor = next;
    } while (cursor !== '0');
    return writes.run() === run;
  }

  return {
    ttlMs,
    get: (id) => get(id).catch(() => AWAY),
    fill: (id, state, lease) => fill(id, state, lease).catch(() => false),
    async put(states) {
      const failed: string[] = [];
      for (let from = 0; from < states.length; from += STATES_PER_PIPELINE) {
        const some = states.slice(from, from + STATES_PER_PIPELINE);
        failed.push(...(await putSome(some).catch(() => some.map(idOf))));
      }
      metrics.failedWrites.inc(failed.length);
      return failed;
    },
    clear: () => clear().catch(() => false),
    trouble,
    async close() {
      notice.end();
      reads.close();
      writes.close();
    },
  };
}

/** A text as a pattern of Redis that matches only itself. */
function literal(text: string): string {
  return text.replace(/[*?[\]\\^]/g, '\\$&');
}

function idOf({ product }: ProductState): string {
  return product.id;
}

function entryOf({ product, deleted }: ProductState): [string, Buffer, '0' | '1'] {
  return [String(product.version), Buffer.from(Product.encode(product).finish()), deleted ? '1' : '0'];
}

function stateOf([state, deleted]: [Buffer, Buffer]): ProductState {
  return { product: Product.decode(state), deleted: deleted.toString() === '1' };
}
