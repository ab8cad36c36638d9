import { AsyncLocalStorage } from 'node:async_hooks';
import type { EventLog } from '@tributary/event-log';
import { type Logger, type ReadinessCheck, startRecurring } from '@tributary/service';
import type { Registry } from 'prom-client';
import type { WriteStore } from '../write-store.ts';
import { createLane, type Lane } from './lane.ts';
import { outboxMetrics, type RelayPath } from './metrics.ts';
import type { Standing, StoredRecord } from './outbox.ts';
import { chunksOf, publishChunk } from './publishing.ts';
import { sweep } from './sweep.ts';

export interface RelayOptions {
  store: WriteStore;
  log: EventLog;
  /** How long to wait for the log's acknowledgement, in milliseconds. Default 5000. */
  publishDeadlineMs?: number;
  /** How often the backlog is measured and records that were left behind are looked for, in milliseconds. Default 1000. */
  sweepIntervalMs?: number;
  /** A record that stands this long counts as left behind, in milliseconds. Default 6000: longer than a publish may take. */
  leftBehindMs?: number;
  /** Records that may stand before no more commands are decided. Default 100,000. */
  maxBacklog?: number;
  /** UTC milliseconds. Default: the system's clock. */
  nowMs?: () => number;
  logger: Logger;
  registry: Registry;
}

/** Brings what the outbox holds to its topics, in order within a key, at least once. */
export interface Relay {
  /** The lane of a partition's commands. */
  lane(partition: number): Lane;
  /** Has the table relayed soon, for records of this partition's commands that did not go through its lane. */
  sweepSoon(partition: number): void;
  /** Relays what the last owners of these partitions left. A failure is logged: the table is tried again later. */
  takeOver(partitions: readonly number[]): Promise<void>;
  /** @throws BacklogError when too many records stand */
  assertRoom(): void;
  readonly checks: readonly ReadinessCheck[];
  /** Waits for what is on the way. What stands is relayed by whoever comes next. */
  stop(): Promise<void>;
}

/** So much is decided and not relayed that no more may be decided. */
export class BacklogError extends Error {
  override readonly name = 'BacklogError';
  readonly code = 'OUTBOX_BACKLOG';

  constructor(records: number) {
    super(`${records} decided records wait for the event log: no more commands are decided until it takes them`);
  }
}

export function createRelay(options: RelayOptions): Relay {
  const { store, log, logger, registry, nowMs = Date.now } = options;
  const { publishDeadlineMs = 5_000, sweepIntervalMs = 1_000, leftBehindMs = 6_000, maxBacklog = 100_000 } = options;
  const metrics = outboxMetrics(registry);
  const lanes = new Map<number, Lane>();
  const wanted = new Set<number>();
  const outside = AsyncLocalStorage.snapshot();
  let backlog = 0;
  let measuredMs = Number.NEGATIVE_INFINITY;

  function failed(path: RelayPath, error: unknown): void {
    metrics.failures.inc({ path });
    logger.warn({ err: error, path }, 'a relay failed: the records stay in the outbox');
  }

  async function relayFromMemory(records: readonly StoredRecord[]): Promise<void> {
    for (const chunk of chunksOf(records)) {
      await publishChunk(chunk, { log, deadlineMs: publishDeadlineMs, path: 'memory' });
      await store.outbox.remove(chunk.map(({ id }) => id));
      metrics.relayed.inc({ path: 'memory' }, chunk.length);
    }
  }

  async function relayFromTable(standing: Standing): Promise<void> {
    const relayed = await sweep({ store, log, publishDeadlineMs }, standing);
    metrics.relayed.inc({ path: 'table' }, relayed);
  }

  function sweepSoon(partition: number): void {
    wanted.add(partition);
    running.soon();
  }

  async function relayWanted(): Promise<void> {
    const partitions = [...wanted];
    if (partitions.length === 0) return;
    wanted.clear();
    try {
      await relayFromTable({ partitions });
    } catch (error) {
      for (const partition of partitions) wanted.add(partition);
      throw error;
    }
  }

  async function measure(): Promise<void> {
    const { records, oldestMs } = await store.outbox.readBacklog();
    backlog = records;
    metrics.backlog.set(records);
    metrics.oldest.set(oldestMs === null ? 0 : Math.max(0, nowMs() - oldestMs) / 1_000);
  }

  /** Whenever something was left to the table, and now and then for what nobody knows of. */
  async function run(): Promise<void> {
    // Measured first: while the log is away nothing behind this line is reached, but the backlog grows.
    const isDue = performance.now() - measuredMs >= sweepIntervalMs;
    if (isDue) {
      await measure();
      measuredMs = performance.now();
    }
    await relayWanted();
    if (isDue && backlog > 0) await relayFromTable({ beforeMs: nowMs() - leftBehindMs });
  }
  const running = startRecurring({ run, everyMs: sweepIntervalMs, onFailure: (error) => failed('table', error) });

  return {
    lane(partition) {
      let lane = lanes.get(partition);
      if (!lane) {
        lane = createLane({
          // What a lane does is part of no batch, whichever had it start.
          relay: (records) => outside(relayFromMemory, records),
          onFailure(error) {
            failed('memory', error);
            sweepSoon(partition);
          },
        });
        lanes.set(partition, lane);
      }
      return lane;
    },
    sweepSoon,
    async takeOver(partitions) {
      try {
        await relayFromTable({ partitions });
      } catch (error) {
        failed('table', error);
        for (const partition of partitions) sweepSoon(partition);
      }
    },
    assertRoom() {
      if (backlog > maxBacklog) throw new BacklogError(backlog);
    },
    checks: [
      {
        name: 'outbox',
        check: () => (backlog > maxBacklog ? `${backlog} records wait for the event log` : null),
      },
    ],
    async stop() {
      await Promise.all([...lanes.values()].map((lane) => lane.idle()));
      await running.stop();
    },
  };
}
