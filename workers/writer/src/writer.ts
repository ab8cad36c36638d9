import { type EventLog, runConsumer } from '@tributary/event-log';
import { inboxRetentionMs as defaultInboxRetentionMs, productCommands } from '@tributary/proto/topics.ts';
import { followReadiness, type Logger, livenessOf, type ReadinessCheck, StartError, untilUp } from '@tributary/service';
import { sql } from 'drizzle-orm';
import type { Registry } from 'prom-client';
import type { Database } from './database/database.ts';
import { createWriterGrpcServer } from './grpc/server.ts';
import { createRelay } from './outbox/relay.ts';
import { createProductBus } from './product/bus.ts';
import { describeCommand } from './product/command-record.ts';
import { createCommandHandler } from './product/handler.ts';
import { writerMetrics } from './product/metrics.ts';
import { createSqlWriteStore } from './product/sql-store.ts';
import { startInboxRetention } from './retention.ts';
import { GROUP, productTopics, type WriterTopics } from './topics.ts';

export interface WriterOptions {
  log: EventLog;
  /** Opened by `openPostgres` or `openPglite`; stays the caller's to close. */
  database: Database;
  host: string;
  /** 0 takes any free port. */
  grpcPort: number;
  /** How long the commands topic keeps records, in milliseconds. Default 3 days. */
  commandsRetentionMs?: number;
  /** How long a command and its idempotency key are remembered, in milliseconds. Default 7 days. */
  inboxRetentionMs?: number;
  /** Records that may stand in the outbox before no more commands are decided. Default 100,000. */
  maxOutboxBacklog?: number;
  /** Commands in one transaction at most. Default 500. */
  maxBatchCommands?: number;
  /** Default: those of products. */
  topics?: WriterTopics;
  /** UTC milliseconds. Default: the system's clock. */
  nowMs?: () => number;
  logger: Logger;
  registry: Registry;
  /** Gives up the start when aborted. */
  signal: AbortSignal;
}

export interface Writer {
  readonly grpcPort: number;
  readonly checks: readonly ReadinessCheck[];
  /** Resolves with the reason when the writer can no longer do its job: the process should end. */
  readonly ended: Promise<Error>;
  /** Takes no more commands, finishes those in hand, relays what they came to, then closes. */
  stop(): Promise<void>;
}

const commandSpans = { batchSpan: 'decide batch', keepSpans: true, describe: describeCommand } as const;

/**
 * Starts a writer: commands in, state and events out, and strong reads over gRPC. The topics must exist.
 * @throws StartError `RETENTION_TOO_LONG` when a command could outlive the memory of it
 */
export async function createWriter(options: WriterOptions): Promise<Writer> {
  const { log, database, host, grpcPort, logger, registry, signal } = options;
  const { topics = productTopics, nowMs = Date.now, maxOutboxBacklog, maxBatchCommands = 500 } = options;
  const { commandsRetentionMs = productCommands.retentionMs, inboxRetentionMs = defaultInboxRetentionMs } = options;
  assertRetentions(commandsRetentionMs, inboxRetentionMs);
  const store = createSqlWriteStore(database);

  const started: { stop(): Promise<void> }[] = [];
  async function stop(): Promise<void> {
    for (let part = started.pop(); part; part = started.pop()) await part.stop();
  }

  try {
    started.push(startInboxRetention({ inbox: store.inbox, retentionMs: inboxRetentionMs, nowMs, logger }));

    const relay = createRelay({
      store,
      log,
      ...(maxOutboxBacklog !== undefined && { maxBacklog: maxOutboxBacklog }),
      nowMs,
      logger,
      registry,
    });
    started.push(relay);

    const handler = createCommandHandler({
      store,
      relay,
      commandsTopic: topics.commands,
      eventsTopic: topics.events,
      consumer: GROUP,
      nowMs,
      metrics: writerMetrics(registry),
      logger,
    });
    const consumption = await untilUp(
      `consumption of ${topics.commands}`,
      () =>
        runConsumer({
          log,
          topic: topics.commands,
          group: GROUP,
          deadLettersTopic: topics.deadLetters,
          ...handler,
          ...commandSpans,
          maxBatchRecords: maxBatchCommands,
          logger,
          registry,
        }),
      { logger, signal },
    );
    started.push(consumption);
    const consumptionCheck = livenessOf(`consumption of ${topics.commands}`, consumption.ended);

    const bus = await createProductBus({ log, inbox: store.inbox, topics, logger, registry, signal });
    started.push(bus);

    const checks = [databaseCheck(database), consumptionCheck, ...relay.checks, ...bus.checks];
    const server = await createWriterGrpcServer({
      database,
      bus,
      host,
      port: grpcPort,
      inboxRetentionMs,
      nowMs,
      logger,
      registry,
    });
    started.push(server);
    started.push(followReadiness(checks, server));

    return { grpcPort: server.port, checks, ended: Promise.race([consumption.ended, bus.ended]), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function assertRetentions(commandsRetentionMs: number, inboxRetentionMs: number): void {
  if (commandsRetentionMs >= inboxRetentionMs)
    throw new StartError(
      'RETENTION_TOO_LONG',
      `the commands topic keeps records for ${commandsRetentionMs} ms, but the inbox remembers them for ${inboxRetentionMs} ms only: ` +
        'a command could take effect twice; lower COMMANDS_RETENTION_MS or raise INBOX_RETENTION_MS',
    );
}

function databaseCheck(database: Database): ReadinessCheck {
  return {
    name: 'database',
    check: () =>
      database.rows(sql`select 1`).then(
        () => null,
        () => 'does not answer',
      ),
  };
}
