import type { EventLog } from '@tributary/event-log';
import { type Logger, OperationError } from '@tributary/service';
import type { ProductCache } from './cache/cache.ts';
import { endsOf, startCatchUp } from './catch-up.ts';
import { type Check, check } from './checking.ts';
import type { ProductExport } from './export.ts';
import { withLease } from './lease.ts';
import { type GenerationsLease, type ReadModel, ReadModelError } from './read-model/read-model.ts';

export interface RebuildingOptions {
  log: EventLog;
  eventsTopic: string;
  readModel: ReadModel;
  cache: Pick<ProductCache, 'clear' | 'trouble'>;
  products: ProductExport;
  /** Called when the cache could not be cleared after a switch. */
  onCacheBehind(): void;
  /** How long the outcome of a command is kept, in milliseconds. */
  outcomesRetentionMs: number;
  /** UTC milliseconds. */
  nowMs: () => number;
  logger: Logger;
}

/** How far it is. */
export interface Progress {
  phase: 'filling' | 'catching up' | 'checking' | 'switching';
  products: number;
  outcomes: number;
  /** Products and tombstones that were filled in a second, so far. */
  perSecond: number;
  /** Items that were compared so far. */
  compared: number;
}

export interface Rebuilt extends Check {
  /** The new generation, and the one that served until then. */
  generation: string;
  previous: string;
  /** Products and tombstones that came from the write side, and its outcomes. */
  products: number;
  outcomes: number;
  fillingMs: number;
}

/** What is done with the generations of a read model that has been built. All of it: @throws OperationError; ReadModelError */
export interface Rebuilding {
  /**
   * Builds a generation from the write side and the events, checks it against the one that serves, and has it serve. The one
   * before is maintained on, to go back to. One that fails leaves nothing.
   * @throws OperationError `CHECK_FAILED` unless `acceptDifferences`; `CACHE_UNAVAILABLE`, `READ_MODEL_BUSY`
   */
  rebuild(options: RunOptions & { acceptDifferences: boolean }): Promise<Rebuilt>;
  /** Builds a generation as `rebuild` does, tells how the one that serves differs from it, and drops it. */
  verify(options: RunOptions): Promise<Rebuilt>;
  /**
   * Has the generation serve that did so before.
   * @throws OperationError `NOTHING_TO_ROLL_BACK_TO`, `CACHE_UNAVAILABLE`, `READ_MODEL_BUSY`
   */
  rollBack(options: RunOptions): Promise<{ generation: string; previous: string }>;
  /** Drops every generation but the one that serves, and tells which. */
  drop(options: RunOptions): Promise<string[]>;
  /**
   * Looks after generations beside the one that serves, if no other process is at it: drops what builders left that died, and
   * catches up what projectors passed by.
   */
  tend(signal: AbortSignal): Promise<void>;
}

export interface RunOptions {
  signal: AbortSignal;
  onProgress?(progress: Progress): void;
}

/** Another process may be catching a generation up. */
const WAIT_FOR_LEASE_MS = 5_000;
const PROGRESS_EVERY_MS = 1_000;

export function createRebuilding(options: RebuildingOptions): Rebuilding {
  const { log, eventsTopic, readModel, cache, products, onCacheBehind, logger } = options;

  async function leased<T>(
    signal: AbortSignal,
    run: (lease: GenerationsLease, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const done = await withLease(readModel, { waitMs: WAIT_FOR_LEASE_MS, signal }, run);
    if (done === null)
      throw new OperationError('READ_MODEL_BUSY', 'another process builds the read model or changes its generations');
    return done.result;
  }

  async function generations() {
    const found = await readModel.generations();
    if (found) return found;
    throw new ReadModelError('NOT_BUILT', 'the read model is not built yet');
  }

  async function others(): Promise<string[]> {
    const { serving, maintained } = await generations();
    return [...maintained.keys()].filter((name) => name !== serving);
  }

  function follow(lease: GenerationsLease, generation: string, signal: AbortSignal) {
    return startCatchUp({ log, eventsTopic, readModel, lease, generation, signal });
  }

  /** Fills a new generation with what the write side has, and has it maintained from where the events were before. */
  async function fill(lease: GenerationsLease, signal: AbortSignal, report: Report) {
    // The positions first: what is committed later is in the events from there on, what was committed before is exported.
    const positions = await endsOf(log, eventsTopic);
    const generation = await lease.create();
    for await (const changes of products.read(signal)) {
      await lease.fill(generation, changes);
      report.filled(changes.products.length, changes.outcomes.length);
    }
    signal.throwIfAborted();
    await lease.maintain(generation, positions);
    return generation;
  }

  /**
   * Builds a generation that has all that the one that serves has, for as long as `use` runs, which tells whether to keep it.
   * The ends are read once it is maintained: what is below them it is given by reading, what comes later by the projectors.
   */
  async function build(
    run: RunOptions,
    use: (built: Rebuilt, ends: ReadonlyMap<number, bigint>, lease: GenerationsLease) => Promise<{ keep: boolean }>,
  ): Promise<Rebuilt> {
    return leased(run.signal, async (lease, signal) => {
      const report = createReport(run.onProgress);
      const { serving: previous } = await generations();
      const generation = await fill(lease, signal, report);
      const fillingMs = report.elapsedMs();
      let keep = false;
      try {
        report.enter('catching up');
        const catchUp = await follow(lease, generation, signal);
        try {
          const ends = await endsOf(log, eventsTopic);
          await catchUp.until(ends);
          report.enter('checking');
          const found = await check({
            ...options,
            serving: previous,
            other: generation,
            onProgress: report.compared,
            signal,
          });
          report.enter('switching');
          const rebuilt = { generation, previous, ...report.items(), fillingMs, ...found };
          ({ keep } = await use(rebuilt, ends, lease));
          return rebuilt;
        } finally {
          await catchUp.stop();
        }
      } finally {
        if (!keep) await lease.drop(generation).catch((error) => logger.warn({ err: error, generation }, LEFT));
      }
    });
  }

  async function requireCleared(): Promise<void> {
    if (await cache.clear()) return;
    throw cacheUnavailable('the cache cannot be cleared now, so the read model is not switched');
  }

  async function serve(
    lease: GenerationsLease,
    { generation, previous }: { generation: string; previous: string },
    ends: ReadonlyMap<number, bigint>,
  ): Promise<void> {
    await requireCleared();
    await lease.serve(generation, ends);
    logger.info({ generation, previous }, 'another generation of the read model serves');
    // What was being filled from the one before when it served.
    if (!(await cache.clear())) onCacheBehind();
  }

  return {
    async rebuild({ acceptDifferences, ...run }) {
      const trouble = cache.trouble();
      if (trouble !== null) throw cacheUnavailable(`the cache ${trouble}, so the read model could not be switched`);
      await leased(run.signal, async (lease) => {
        for (const name of await others()) await lease.drop(name);
      });
      return build(run, async (built, ends, lease) => {
        if (built.differences.length > 0 && !acceptDifferences) throw checkFailed(built);
        await serve(lease, built, ends);
        return { keep: true };
      });
    },
    verify: (run) => build(run, async () => ({ keep: false })),
    rollBack: ({ signal }) =>
      leased(signal, async (lease, held) => {
        const { serving: previous, unproven } = await generations();
        const generation = (await others()).find((name) => !unproven.has(name));
        if (generation === undefined)
          throw new OperationError('NOTHING_TO_ROLL_BACK_TO', 'no generation is kept beside the one that serves');
        const catchUp = await follow(lease, generation, held);
        try {
          const ends = await endsOf(log, eventsTopic);
          await catchUp.until(ends);
          await serve(lease, { generation, previous }, ends);
          return { generation, previous };
        } finally {
          await catchUp.stop();
        }
      }),
    drop: ({ signal }) =>
      leased(signal, async (lease) => {
        const dropped = await others();
        for (const name of dropped) await lease.drop(name);
        return dropped;
      }),
    async tend(signal) {
      await withLease(readModel, { waitMs: 0, signal }, async (lease, held) => {
        const { unproven } = await generations();
        for (const generation of await others()) {
          if (unproven.has(generation)) await lease.drop(generation);
          else await catchUpNow(lease, generation, held);
        }
      });
    },
  };

  async function catchUpNow(lease: GenerationsLease, generation: string, signal: AbortSignal): Promise<void> {
    try {
      const catchUp = await follow(lease, generation, signal);
      await catchUp.until(await endsOf(log, eventsTopic)).finally(() => catchUp.stop());
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'GENERATION_TOO_OLD') throw error;
      logger.warn({ generation }, 'a generation of the read model lacks events that are no longer kept: it is dropped');
      await lease.drop(generation);
    }
  }
}

const LEFT = 'a generation that was not finished is still there';

function checkFailed({ differences }: Check): OperationError {
  const examples = differences.slice(0, 10).map(({ kind, id, serving, other }) => {
    return `${kind} ${id}: ${serving ?? 'missing'} where it serves, ${other ?? 'missing'} in the new one`;
  });
  return new OperationError(
    'CHECK_FAILED',
    `${differences.length} items of the new generation are not as in the one that serves; ${examples.join('; ')}`,
  );
}

function cacheUnavailable(message: string): OperationError {
  return new OperationError('CACHE_UNAVAILABLE', message);
}

type Report = ReturnType<typeof createReport>;

/** Counts what is done and tells of it now and then. */
function createReport(onProgress: RunOptions['onProgress']) {
  const startedMs = performance.now();
  const progress: Progress = { phase: 'filling', products: 0, outcomes: 0, perSecond: 0, compared: 0 };
  let toldMs = startedMs;

  function tell(): void {
    toldMs = performance.now();
    onProgress?.({ ...progress });
  }
  function tellNowAndThen(): void {
    if (performance.now() - toldMs >= PROGRESS_EVERY_MS) tell();
  }

  return {
    enter(phase: Progress['phase']) {
      progress.phase = phase;
      tell();
    },
    filled(products: number, outcomes: number) {
      progress.products += products;
      progress.outcomes += outcomes;
      // Outcomes come last: the rate of products is that of when the last of them came.
      if (products > 0) progress.perSecond = Math.round((progress.products * 1_000) / (performance.now() - startedMs));
      tellNowAndThen();
    },
    compared(items: number) {
      progress.compared = items;
      tellNowAndThen();
    },
    items: () => ({ products: progress.products, outcomes: progress.outcomes }),
    elapsedMs: () => Math.round(performance.now() - startedMs),
  };
}
