import { inboxRetentionMs } from '@tributary/proto/topics.ts';
import { followReadiness, type Logger, type ReadinessCheck } from '@tributary/service';
import { Gauge, type Registry } from 'prom-client';
import { createReaderGrpcServer } from './grpc/server.ts';
import type { ProductCache } from './product/cache/cache.ts';
import { measured } from './product/cache/measured.ts';
import type { ProductChanges } from './product/changes.ts';
import { createProductLoads } from './product/loads.ts';
import { type ReadModel, ReadModelError } from './product/read-model/read-model.ts';
import { createProductReads } from './product/reads.ts';
import { createVersionWaits } from './product/version-waits.ts';

export interface ReaderOptions {
  /** Stays the caller's to close. */
  readModel: ReadModel;
  /** Stays the caller's to close. */
  cache: ProductCache;
  /** What the projector of this process stores, if it runs one. */
  changes: ProductChanges;
  host: string;
  /** 0 takes any free port. */
  grpcPort: number;
  /** How long outcomes are kept, in milliseconds. Default 7 days. */
  outcomesRetentionMs?: number;
  /** Reads that may wait for a version at once. Default 10,000. */
  maxWaitingReads?: number;
  /** UTC milliseconds. Default: the system's clock. */
  nowMs?: () => number;
  logger: Logger;
  registry: Registry;
}

export interface Reader {
  readonly grpcPort: number;
  readonly checks: readonly ReadinessCheck[];
  /** Lets running calls end. */
  stop(): Promise<void>;
}

/** Starts to answer reads over gRPC. */
export async function createReader(options: ReaderOptions): Promise<Reader> {
  const { readModel, changes, host, grpcPort, maxWaitingReads, nowMs = Date.now, logger, registry } = options;
  const cache = measured(options.cache, registry);
  const loads = createProductLoads(readModel);
  const waits = createVersionWaits({ loads, changes, ...(maxWaitingReads !== undefined && { max: maxWaitingReads }) });
  new Gauge({
    name: 'tributary_reader_waiting_reads',
    help: 'Reads that wait for a version.',
    registers: [registry],
    collect() {
      this.set(waits.size());
    },
  });

  const server = await createReaderGrpcServer({
    reads: createProductReads({ cache, loads, waits }),
    readModel,
    host,
    port: grpcPort,
    outcomesRetentionMs: options.outcomesRetentionMs ?? inboxRetentionMs,
    nowMs,
    logger,
    registry,
  });
  const checks = [builtCheck(readModel)];
  const health = followReadiness(checks, server);
  return {
    grpcPort: server.port,
    checks,
    async stop() {
      await health.stop();
      await server.stop();
    },
  };
}

function builtCheck(readModel: ReadModel): ReadinessCheck {
  return {
    name: 'read model',
    async check() {
      try {
        return (await readModel.positions()) === null ? 'is not built yet' : null;
      } catch (error) {
        if (error instanceof ReadModelError) return 'does not answer';
        throw error;
      }
    },
  };
}
