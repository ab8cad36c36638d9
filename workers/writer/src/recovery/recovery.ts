import { setTimeout as delay } from 'node:timers/promises';
import { type Consumption, type EventLog, EventLogError, type LogRecord, type OffsetRange } from '@tributary/event-log';
import { traceContextOf } from '@tributary/service';
import { sql } from 'drizzle-orm';
import type { Database } from '../database/database.ts';
import { readCommand } from '../product/command-record.ts';
import { createSqlWriteStore } from '../product/sql-store.ts';
import { GROUP, productTopics, type WriterTopics } from '../topics.ts';
import { adopt } from './adopt.ts';
import { RecoveryError } from './errors.ts';
import { type AskedFor, askedFor, readOutcome } from './published-outcome.ts';
import { readPartition } from './read-partition.ts';

export interface RecoveryOptions {
  log: EventLog;
  /** Restored from a dump. */
  database: Database;
  /** Default: those of products. */
  topics?: WriterTopics;
  /** Goes on where commands or events since the dump are no longer kept. */
  acceptLosses?: boolean;
  /** How long to wait until writers that have just ended are out of the group, in milliseconds. Default 10,000. */
  writersGoneMs?: number;
  /** UTC milliseconds. Default: the system's clock. */
  nowMs?: () => number;
  /** Called after each partition. */
  onProgress?(done: Recovered & { partition: number; partitions: number }): void;
  signal: AbortSignal;
}

export interface Recovered {
  /** Outcomes that were published after the dump, and are now in the database. */
  adopted: number;
  /** Outcomes in the events topic that the dump had. */
  known: number;
  /** Commands since the dump whose outcome was not published: the writers decide them. */
  undecided: number;
  /** Records in the events topic that are no events. */
  unreadable: number;
}

/** Outcomes in one transaction. */
const CHUNK = 500;
const POLL_MS = 100;

/**
 * Brings a database that was restored from a dump up to what was published since: writers that decided the same commands anew
 * would come to other times and event ids, and, where commands of several partitions share a key, to other outcomes. No writer
 * may run meanwhile. May be repeated.
 * @throws RecoveryError
 */
export async function recover(options: RecoveryOptions): Promise<Recovered> {
  const { log, topics = productTopics, onProgress, signal } = options;
  const ranges = await log.offsets(topics.commands);
  const membership = await joinAlone(options, ranges);
  try {
    const positions = await positionsOf(options, ranges);
    await assertEventsKept(options);
    const sum: Recovered = { adopted: 0, known: 0, undecided: 0, unreadable: 0 };
    for (const partition of [...ranges.keys()].sort((a, b) => a - b)) {
      signal.throwIfAborted();
      const done = await recoverPartition(partition, positions.get(partition) ?? 0n, options);
      for (const key of Object.keys(done) as (keyof Recovered)[]) sum[key] += done[key];
      onProgress?.({ ...sum, partition, partitions: ranges.size });
    }
    if (membership.assigned().length < ranges.size)
      throw new RecoveryError('WRITERS_RUN', 'a writer was started meanwhile: stop it, and restore once more');
    return sum;
  } finally {
    await membership.stop();
  }
}

async function recoverPartition(partition: number, position: bigint, options: RecoveryOptions): Promise<Recovered> {
  const { log, database, topics = productTopics, acceptLosses = false, signal } = options;
  const store = createSqlWriteStore(database);
  const commands = new Map<string, AskedFor>();
  await readPartition({
    log,
    topic: topics.commands,
    partition,
    from: position,
    onRecords(records) {
      for (const record of records) {
        const command = commandIn(record);
        if (command) commands.set(command.commandId, askedFor(command));
      }
    },
    signal,
  });

  const done: Recovered = { adopted: 0, known: 0, undecided: commands.size, unreadable: 0 };
  await readPartition({
    log,
    topic: topics.events,
    partition,
    from: 0n,
    async onRecords(records) {
      for (let at = 0; at < records.length; at += CHUNK) {
        const chunk = records.slice(at, at + CHUNK);
        const outcomes = chunk.flatMap(({ value }) => readOutcome(value) ?? []);
        const { adopted, known } = await adopt(outcomes, { store, commands, acceptLosses });
        done.adopted += adopted;
        done.known += known;
        done.unreadable += chunk.length - outcomes.length;
        for (const { commandId } of outcomes) commands.delete(commandId);
      }
    },
    signal,
  });
  return { ...done, undecided: commands.size };
}

function commandIn(record: LogRecord) {
  try {
    return readCommand(record, traceContextOf(record.headers)).command;
  } catch {
    return null; // it died, and its event says so
  }
}

/** Becomes the only member of the writers' group: another would keep some of its partitions. */
async function joinAlone(options: RecoveryOptions, ranges: ReadonlyMap<number, OffsetRange>): Promise<Consumption> {
  const { log, topics = productTopics, writersGoneMs = 10_000, signal } = options;
  const membership = await log.consume({
    topic: topics.commands,
    group: GROUP,
    positions: async (partitions) =>
      new Map(partitions.map((partition) => [partition, ranges.get(partition)?.end ?? 0n])),
    handle: () => Promise.reject(new EventLogError('IN_USE', 'commands wait until the database is recovered')),
  });
  const deadline = performance.now() + writersGoneMs;
  while (membership.assigned().length < ranges.size) {
    if (performance.now() > deadline || signal.aborted) {
      await membership.stop();
      signal.throwIfAborted();
      throw new RecoveryError('WRITERS_RUN', 'writers are reading commands: stop all of them first');
    }
    await delay(POLL_MS);
  }
  return membership;
}

/** Where the dump was in the commands topic. */
async function positionsOf(
  { database, topics = productTopics, acceptLosses = false }: RecoveryOptions,
  ranges: ReadonlyMap<number, OffsetRange>,
): Promise<ReadonlyMap<number, bigint>> {
  const positions = await createSqlWriteStore(database).positions.read(GROUP, topics.commands, [...ranges.keys()]);
  for (const [partition, { start, end }] of ranges) {
    const position = positions.get(partition) ?? 0n;
    if (position > end)
      throw new RecoveryError(
        'WRONG_LOG',
        `the dump had read partition ${partition} of ${topics.commands} up to ${position}, but it ends at ${end}`,
      );
    if (position < start && !acceptLosses)
      throw new RecoveryError(
        'COMMANDS_LOST',
        `partition ${partition} of ${topics.commands} is kept from ${start} on, but the dump had read it up to ${position} only: ` +
          'it is older than COMMANDS_RETENTION_MS, or has no positions',
      );
  }
  return positions;
}

/** Outcomes are published after they are decided: what the topic keeps since then is all that came after the dump. */
async function assertEventsKept(options: RecoveryOptions): Promise<void> {
  const { log, database, topics = productTopics, acceptLosses = false, nowMs = Date.now } = options;
  const [row] = await database.rows<{ newest: bigint | null }>(sql`select max(handled_at_ms) as newest from inbox`);
  const newest = row?.newest ?? null;
  const retentionMs = (await log.describe([topics.events])).get(topics.events)?.retentionMs;
  if (acceptLosses || newest === null || retentionMs === undefined || nowMs() - Number(newest) < retentionMs) return;
  throw new RecoveryError(
    'EVENTS_LOST',
    `the last command in the dump was decided ${new Date(Number(newest)).toISOString()}, but ${topics.events} keeps events for ${retentionMs} ms only`,
  );
}
