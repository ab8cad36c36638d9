import { type Consumption, type EventLog, runConsumer } from '@tributary/event-log';
import { inboxRetentionMs } from '@tributary/proto/topics.ts';
import { type Logger, type Operation, type ReadinessCheck, startRecurring, untilUp } from '@tributary/service';
import type { Registry } from 'prom-client';
import { startBuilding } from './product/building.ts';
import type { ProductCache } from './product/cache/cache.ts';
import type { ProductChanges } from './product/changes.ts';
import { createProductExport } from './product/export.ts';
import { createProjectionHandler } from './product/handler.ts';
import { projectorMetrics } from './product/metrics.ts';
import { readModelOperations } from './product/operations.ts';
import { describeEvent } from './product/projection.ts';
import type { ReadModel } from './product/read-model/read-model.ts';
import { createRebuilding } from './product/rebuild.ts';
import { startOutcomeRetention } from './retention.ts';
import { type ProjectorTopics, productTopics } from './topics.ts';

export interface ProjectorOptions {
  log: EventLog;
  /** Stays the caller's to close. */
  readModel: ReadModel;
  /** Stays the caller's to close. */
  cache: ProductCache;
  /** Told of everything that is projected, for the reads of this process. */
  changes: ProductChanges;
  /** Where writers answer gRPC, host:port: what the read model is built from. */
  writerAddresses: readonly string[];
  /** How long the outcome of a command is kept, in milliseconds. Default 7 days, as the writer's inbox. */
  outcomesRetentionMs?: number;
  /** The name under which projectors share the partitions of the events topic. Default `projector`. */
  group?: string;
  /** Default: those of products. */
  topics?: ProjectorTopics;
  /** UTC milliseconds. Default: the system's clock. */
  nowMs?: () => number;
  logger: Logger;
  registry: Registry;
  /** Gives up the start when aborted. */
  signal: AbortSignal;
}

export interface Projector {
  readonly checks: readonly ReadinessCheck[];
  /** What an operator may have done with the read model. */
  readonly operations: readonly Operation[];
  /** Resolves with the reason when the projector can no longer do its job: the process should end. */
  readonly ended: Promise<Error>;
  /** Finishes the batches in hand and stores their positions. */
  stop(): Promise<void>;
}

const REWRITE_EVERY_MS = 500;

/**
 * Starts to project events into the read model, as soon as there is one: it is built when there is none. Does not wait for
 * that: `checks` tell. The topics must exist.
 */
export function createProjector(options: ProjectorOptions): Projector {
  const { log, readModel, cache, changes, writerAddresses, logger, registry } = options;
  const { topics = productTopics, group = 'projector', nowMs = Date.now } = options;
  const metrics = projectorMetrics(registry);
  const stopping = new AbortController();
  const ended = Promise.withResolvers<Error>();

  const products = createProductExport(writerAddresses);
  const outcomesRetentionMs = options.outcomesRetentionMs ?? inboxRetentionMs;
  const source = { log, eventsTopic: topics.events, readModel, cache, products, logger };
  const rebuilding = createRebuilding({
    ...source,
    onCacheBehind: () => building.clearCache(),
    outcomesRetentionMs,
    nowMs,
  });
  const building = startBuilding({ ...source, rebuilding, metrics });
  const handler = createProjectionHandler({
    readModel,
    cache,
    changes,
    onNotBuilt: () => building.look(),
    metrics,
    nowMs,
    logger,
  });
  const rewriting = startRecurring({
    run: () => handler.rewriteMissed(),
    everyMs: REWRITE_EVERY_MS,
    onFailure: (error) => logger.warn({ err: error }, 'the cache cannot be told yet of what it missed'),
  });
  const retention = startOutcomeRetention({
    readModel,
    retentionMs: outcomesRetentionMs,
    nowMs,
    logger,
  });

  async function consume(): Promise<Consumption> {
    await building.settled;
    return untilUp(
      `consumption of ${topics.events}`,
      () =>
        runConsumer({
          log,
          topic: topics.events,
          group,
          deadLettersTopic: topics.deadLetters,
          ...handler,
          batchSpan: 'project batch',
          describe: describeEvent,
          logger,
          registry,
        }),
      { logger, signal: AbortSignal.any([options.signal, stopping.signal]) },
    );
  }
  let missing = (): string | null => 'has not begun';
  const consumption = consume().then(
    (begun) => {
      missing = () => (begun.isReading() ? null : 'the event log does not answer');
      void begun.ended.then(end);
      return begun;
    },
    (error: Error) => {
      end(error);
      return null;
    },
  );
  function end(reason: Error): void {
    missing = () => 'has ended';
    if (!stopping.signal.aborted) ended.resolve(reason);
  }

  return {
    checks: [building.check, { name: `consumption of ${topics.events}`, check: () => missing() }],
    operations: readModelOperations({
      log,
      eventsTopic: topics.events,
      readModel,
      rebuilding,
      stopping: stopping.signal,
    }),
    ended: ended.promise,
    async stop() {
      stopping.abort();
      await building.stop();
      await (await consumption)?.stop();
      await Promise.all([rewriting.stop(), retention.stop()]);
      products.close();
    },
  };
}
