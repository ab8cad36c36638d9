import type { BatchPart, PoisonRecord } from '@tributary/event-log';
import type { Logger } from '@tributary/service';
import type { ProductCache } from './cache/cache.ts';
import type { ProductChanges } from './changes.ts';
import type { ProjectorMetrics } from './metrics.ts';
import { createMissedWrites } from './missed-writes.ts';
import { changesOf, UnreadableEventError } from './projection.ts';
import { type ProductState, type ReadModel, ReadModelError } from './read-model/read-model.ts';

export interface ProjectionHandlerOptions {
  readModel: Pick<ReadModel, 'apply' | 'get' | 'positions' | 'savePositions'>;
  cache: ProductCache;
  changes: ProductChanges;
  /** Called when there turns out to be no read model. */
  onNotBuilt(): void;
  metrics: ProjectorMetrics;
  /** UTC milliseconds. */
  nowMs: () => number;
  logger: Logger;
}

/** What the consumer runtime asks of the projection, see `ConsumerOptions`. */
export interface ProjectionHandler {
  positions(partitions: readonly number[]): Promise<ReadonlyMap<number, bigint>>;
  apply(part: Omit<BatchPart, 'traceOf'>): Promise<void>;
  isPoison(error: unknown): boolean;
  skip(poison: Omit<PoisonRecord, 'trace'>): Promise<void>;
  /** Tells the cache what it could not be told before. */
  rewriteMissed(): Promise<void>;
}

/** Events into the read model, then the cache, then their position. */
export function createProjectionHandler(options: ProjectionHandlerOptions): ProjectionHandler {
  const { readModel, cache, changes, onNotBuilt, metrics, nowMs, logger } = options;
  const missed = createMissedWrites({ readModel, cache, nowMs });
  const saving = new Map<number, Promise<void>>();
  metrics.watchMissed(() => missed.size());

  /** Whatever the step does to a read model that is not there, has it built. */
  async function built<T>(step: Promise<T>): Promise<T> {
    try {
      return await step;
    } catch (error) {
      if (error instanceof ReadModelError && error.code === 'NOT_BUILT') onNotBuilt();
      throw error;
    }
  }

  /** Saves the position of a partition as it may be stored by then: one at a time, or an earlier one might come last. */
  function savePosition(partition: number): Promise<void> {
    const before = saving.get(partition) ?? Promise.resolve();
    const saved = before.then(async () => {
      const position = missed.storable(partition);
      if (position !== null) await built(readModel.savePositions(new Map([[partition, position]])));
    });
    saving.set(
      partition,
      saved.catch(() => {}),
    );
    return saved;
  }

  /**
   * What the read model has of these products now: a repeat may be of long ago, and nobody is to be told of what no longer
   * stands.
   */
  async function standingAfter(
    products: readonly ProductState[],
    stored: readonly ProductState[],
  ): Promise<readonly ProductState[]> {
    const newer = new Set(stored.map(idOf));
    const others = products.map(idOf).filter((id) => !newer.has(id));
    if (others.length === 0) return stored;
    return [...stored, ...(await built(readModel.get(others))).values()];
  }

  return {
    async positions(partitions) {
      const positions = await built(readModel.positions());
      if (positions === null) {
        onNotBuilt();
        throw new ReadModelError('NOT_BUILT', 'the read model is not built yet');
      }
      missed.forget(partitions);
      return new Map([...positions].filter(([partition]) => partitions.includes(partition)));
    },
    async apply({ partition, records, nextOffset, isStale }) {
      const batch = changesOf(records);
      const range = { partition, firstOffset: records[0]?.offset ?? nextOffset, nextOffset };
      const stored = await built(readModel.apply(batch, range));
      // Also what is not newer than the read model: this may be a repeat of what the cache was not told.
      const standing = await standingAfter(batch.products, stored);
      changes.publish(standing);
      const refused = await cache.put(standing);
      metrics.visible({ records, outcomes: batch.outcomes, stored }, nowMs());
      missed.note({ ...range, isStale }, refused);
      await savePosition(partition);
      metrics.projected(stored.length, batch.outcomes, nowMs());
    },
    isPoison: (error) => error instanceof UnreadableEventError,
    async skip({ record, nextOffset }) {
      const range = { partition: record.partition, firstOffset: record.offset, nextOffset };
      await built(readModel.apply({ products: [], outcomes: [] }, range));
      missed.note(range, []);
      await savePosition(record.partition);
    },
    async rewriteMissed() {
      if (missed.size() === 0) return;
      const moved = await missed.rewrite();
      await Promise.all([...moved.keys()].map(savePosition));
      if (missed.size() === 0) logger.info('the cache has been told of all that it missed');
    },
  };
}

function idOf({ product }: ProductState): string {
  return product.id;
}
