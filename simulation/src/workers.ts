import { type EventLog, runConsumer } from '@tributary/event-log';
import { startRecurring } from '@tributary/service';
import { Registry } from 'prom-client';
import { createProductChanges } from '../../workers/projector/src/product/changes.ts';
import { createProjectionHandler } from '../../workers/projector/src/product/handler.ts';
import { projectorMetrics } from '../../workers/projector/src/product/metrics.ts';
import type { ReadModel } from '../../workers/projector/src/product/read-model/read-model.ts';
import { createRelay } from '../../workers/writer/src/outbox/relay.ts';
import { createCommandHandler } from '../../workers/writer/src/product/handler.ts';
import { writerMetrics } from '../../workers/writer/src/product/metrics.ts';
import { COMMANDS, type Connected, DEAD_LETTERS, EVENTS, logger, type Servers } from './system.ts';

export const WRITER_GROUP = 'writer';
export const PROJECTOR_GROUP = 'projector';

/** So few that batches are split in many ways. */
const MAX_BATCH_RECORDS = 4;
const REWRITE_EVERY_MS = 500;

/** The writer as `createWriter` composes it, without its gRPC server. */
export async function startWriter({ database, log }: Connected): Promise<void> {
  const registry = new Registry();
  const { store } = database;
  const nowMs = Date.now;
  const relay = createRelay({ store, log: log.log as EventLog, nowMs, logger, registry });
  const handler = createCommandHandler({
    store,
    relay,
    commandsTopic: COMMANDS,
    eventsTopic: EVENTS,
    consumer: WRITER_GROUP,
    nowMs,
    metrics: writerMetrics(registry),
    logger,
  });
  await runConsumer({
    log: log.log as EventLog,
    topic: COMMANDS,
    group: WRITER_GROUP,
    deadLettersTopic: DEAD_LETTERS,
    ...handler,
    maxBatchRecords: MAX_BATCH_RECORDS,
    logger,
    registry,
  });
}

/** The projector as `createProjector` composes it, with a read model that is there. */
export async function startProjector({ log, calls }: Connected, servers: Servers): Promise<void> {
  const registry = new Registry();
  const handler = createProjectionHandler({
    readModel: servers.readModel.connect(calls) as ReadModel,
    cache: servers.cache.connect(calls),
    changes: createProductChanges(),
    onNotBuilt: () => {},
    metrics: projectorMetrics(registry),
    nowMs: Date.now,
    logger,
  });
  startRecurring({ run: () => handler.rewriteMissed(), everyMs: REWRITE_EVERY_MS, onFailure: () => {} });
  await runConsumer({
    log: log.log as EventLog,
    topic: EVENTS,
    group: PROJECTOR_GROUP,
    deadLettersTopic: DEAD_LETTERS,
    ...handler,
    maxBatchRecords: MAX_BATCH_RECORDS,
    logger,
    registry,
  });
}
