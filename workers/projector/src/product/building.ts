import type { EventLog } from '@tributary/event-log';
import { type Logger, type ReadinessCheck, startRecurring } from '@tributary/service';
import type { ProductCache } from './cache/cache.ts';
import { endsOf } from './catch-up.ts';
import type { ProductExport } from './export.ts';
import { LEASE_MS } from './lease.ts';
import type { ProjectorMetrics } from './metrics.ts';
import { type Build, type ReadModel, ReadModelError } from './read-model/read-model.ts';
import type { Rebuilding } from './rebuild.ts';
import { createTendingRule } from './tending.ts';

export interface BuildingOptions {
  log: EventLog;
  eventsTopic: string;
  readModel: ReadModel;
  cache: Pick<ProductCache, 'clear'>;
  products: ProductExport;
  rebuilding: Pick<Rebuilding, 'tend'>;
  metrics: ProjectorMetrics;
  logger: Logger;
}

/**
 * Sees to it that there is a read model, at the start and whenever its store comes back empty, and that the generations
 * beside the one that serves follow it.
 */
export interface Building {
  /** Resolves when there is a read model for the first time, or when it is stopped before. */
  readonly settled: Promise<void>;
  /** Has it looked at once whether there still is one. */
  look(): void;
  /** Has the cache cleared as soon as it answers. */
  clearCache(): void;
  readonly check: ReadinessCheck;
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;
/** Meanwhile another process may have built it. */
const LOOK_SOON_MS = 100;
const PROGRESS_EVERY_MS = 5_000;

export function startBuilding(options: BuildingOptions): Building {
  const { readModel, cache, rebuilding, metrics, logger } = options;
  const needTending = createTendingRule();
  const settled = Promise.withResolvers<void>();
  let missing: string | null = 'is not built yet';
  /** What the export knows is put into the cache by nobody: it may hold older states than the read model that was built. */
  let isCacheBehind = false;

  /** Builds, unless another process is at it. */
  async function build(signal: AbortSignal): Promise<void> {
    const begun = await readModel.beginBuild(LEASE_MS);
    if (begun === null) {
      missing = 'is being built by another process';
      return;
    }
    missing = 'is being built';
    logger.info('building the read model from the write side');
    try {
      const items = await fill(begun, signal);
      metrics.builds.inc({ result: 'done' });
      logger.info(items, 'the read model is built');
    } catch (error) {
      metrics.builds.inc({ result: 'failed' });
      await begun.abandon().catch(() => {}); // its lease ends all the same
      throw error;
    }
  }

  async function fill(begun: Build, signal: AbortSignal): Promise<{ products: number; outcomes: number }> {
    // The positions first: what is committed later is in the events from there on, what was committed before is exported.
    const positions = await endsOf(options.log, options.eventsTopic);
    const items = { products: 0, outcomes: 0 };
    let toldMs = performance.now();
    for await (const changes of options.products.read(signal)) {
      await begun.add(changes);
      items.products += changes.products.length;
      items.outcomes += changes.outcomes.length;
      if (performance.now() - toldMs < PROGRESS_EVERY_MS) continue;
      toldMs = performance.now();
      logger.info(items, 'still building the read model');
    }
    signal.throwIfAborted();
    // Before anyone can read the new one, so that nothing fills the cache from the old one afterwards.
    isCacheBehind = !(await cache.clear());
    await begun.publish(positions);
    return items;
  }

  async function look(signal: AbortSignal): Promise<void> {
    let generations = await readModel.generations();
    if (generations === null) {
      await build(signal);
      generations = await readModel.generations();
    }
    if (generations === null) return;
    missing = null;
    settled.resolve();
    if (isCacheBehind) isCacheBehind = !(await cache.clear());
    if (!generations.isLeased && needTending(generations)) await tend(signal);
  }

  /** What lies beside the generation that serves is no reason to be not ready. */
  async function tend(signal: AbortSignal): Promise<void> {
    try {
      await rebuilding.tend(signal);
    } catch (error) {
      if (!signal.aborted) logger.warn({ err: error }, 'a generation of the read model cannot be caught up now');
    }
  }
  const looking = startRecurring({
    run: look,
    everyMs: () => (missing === null ? LOOK_EVERY_MS : LOOK_SOON_MS),
    onFailure(error, retryInMs) {
      missing =
        error instanceof ReadModelError && error.code === 'UNAVAILABLE' ? 'does not answer' : 'cannot be built now';
      const reason = error instanceof Error ? error.message : String(error);
      logger.warn({ reason, retryInMs }, `the read model ${missing}`);
    },
  });

  return {
    settled: settled.promise,
    look: () => looking.soon(),
    clearCache() {
      isCacheBehind = true;
      looking.soon();
    },
    check: { name: 'read model', check: () => missing },
    async stop() {
      await looking.stop();
      settled.resolve();
    },
  };
}
