import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@tributary/service';
import type { Admin, Kafka } from 'kafkajs';
import { DEFAULT_MAX_BATCH_BYTES, DEFAULT_MAX_BATCH_RECORDS } from '../batch-limits.ts';
import type { ConsumeOptions, Consumption } from '../event-log.ts';
import { createPacing } from '../pacing.ts';
import { createGroupReader, type GroupReader } from './group-reader.ts';
import { offsetRanges, oldestOffset } from './topics.ts';

export interface GroupConsumptionOptions extends ConsumeOptions {
  kafka: Kafka;
  admin: Admin;
  partitions: number;
  /** How long no fetch may end before the consumer is replaced, in milliseconds. Default 30,000. */
  stuckAfterMs?: number;
  logger: Logger;
}

export interface GroupConsumption extends Consumption {
  /** Resolves when its partitions are read; rejects when it was stopped before. */
  readonly joined: Promise<void>;
}

const FIRST_DELAY_MS = 50;
/** What a fetch costs both sides, about. */
const FETCH_MS = 2;
const LONGEST_DELAY_MS = 5_000;

/** Joins a group and handles the partitions that it is given, each from the position stored with the effects. */
export async function consumeGroup(options: GroupConsumptionOptions): Promise<GroupConsumption> {
  const { kafka, admin, topic, group, partitions, logger } = options;
  const { maxBatchRecords = DEFAULT_MAX_BATCH_RECORDS, maxBatchBytes = DEFAULT_MAX_BATCH_BYTES } = options;
  const failures = new Map<number, number>();
  const positions = new Map<number, bigint>();
  const ends = new Map<number, bigint>();
  const inHand = new Set<Promise<void>>();
  const pacing = createPacing(FETCH_MS);

  async function startOffsets(assigned: readonly number[]): Promise<Map<number, bigint>> {
    // What is in hand must have stored its position before positions are read.
    await Promise.allSettled(inHand);
    const [stored, ranges] = await Promise.all([options.positions(assigned), offsetRanges(admin, topic)]);
    positions.clear();
    for (const partition of assigned) {
      const { start, end } = ranges.get(partition) ?? { start: 0n, end: 0n };
      const position = stored.get(partition);
      positions.set(partition, position !== undefined && position >= start && position <= end ? position : start);
      ends.set(partition, end);
    }
    return positions;
  }

  const reader: GroupReader = await createGroupReader({
    kafka,
    group,
    topic,
    partitions,
    ...(options.stuckAfterMs !== undefined && { stuckAfterMs: options.stuckAfterMs }),
    limits: { maxRecords: maxBatchRecords, maxBytes: maxBatchBytes },
    logger,
    startOffsets,
    oldestOffset: (partition) => oldestOffset(admin, topic, partition),
    async take(partition, records, nextOffset, { batch, heartbeat, isStale }) {
      ends.set(partition, BigInt(batch.highWatermark));
      const startedMs = performance.now();
      const handling = options.handle({
        topic,
        partition,
        records,
        nextOffset,
        isStale: () => isStale() || !reader.isAssigned(partition),
      });
      const settled = handling.catch(() => {});
      inHand.add(settled);
      try {
        await withHeartbeats(handling, heartbeat);
        failures.delete(partition);
        positions.set(partition, nextOffset);
        reader.commit(partition, nextOffset);
        await pacing.rest(partition, { records: records.length, startedMs });
        return true;
      } catch (error) {
        const count = failures.get(partition) ?? 0;
        failures.set(partition, count + 1);
        const delayMs = Math.min(FIRST_DELAY_MS * 2 ** count, LONGEST_DELAY_MS) * (0.5 + Math.random());
        logger.warn({ err: error, topic, group, partition, retryInMs: delayMs }, 'a batch failed and will come again');
        reader.readAgain(partition, records[0]?.offset ?? nextOffset, delayMs);
        return false;
      } finally {
        inHand.delete(settled);
      }
    },
  });

  return {
    assigned: reader.assigned,
    isReading: reader.isFetching,
    lag: () =>
      new Map(
        [...positions].map(([partition, position]) => {
          const behind = (ends.get(partition) ?? position) - position;
          return [partition, behind > 0n ? behind : 0n];
        }),
      ),
    joined: reader.joined,
    ended: reader.ended,
    async stop() {
      await reader.stop();
      await Promise.allSettled(inHand);
    },
  };
}

const HEARTBEAT_EVERY_MS = 1_000;

/** Keeps the membership alive while records are handled. */
async function withHeartbeats(handling: Promise<void>, heartbeat: () => Promise<void>): Promise<void> {
  const done = new AbortController();
  const beating = (async () => {
    while (!done.signal.aborted) {
      await delay(HEARTBEAT_EVERY_MS, undefined, { signal: done.signal });
      await heartbeat();
    }
  })().catch(() => {}); // a lost membership shows at the next fetch
  try {
    await handling;
  } finally {
    done.abort();
    await beating;
  }
}
