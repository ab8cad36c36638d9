import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@tributary/service';
import type { Admin, Kafka } from 'kafkajs';
import { DEFAULT_MAX_BATCH_BYTES, DEFAULT_MAX_BATCH_RECORDS } from '../batch-limits.ts';
import type { LogRecord, OffsetRange, Tail, TailOptions } from '../event-log.ts';
import { createPacing } from '../pacing.ts';
import { createGroupReader } from './group-reader.ts';
import { offsetRanges, oldestOffset } from './topics.ts';

export interface KafkaTailOptions extends TailOptions {
  kafka: Kafka;
  admin: Admin;
  partitions: number;
  /** How long no fetch may end before the consumer is replaced, in milliseconds. Default 30,000. */
  stuckAfterMs?: number;
  logger: Logger;
}

const LIMITS = { maxRecords: DEFAULT_MAX_BATCH_RECORDS, maxBytes: DEFAULT_MAX_BATCH_BYTES };
/** What a fetch costs both sides, about. */
const FETCH_MS = 2;

/**
 * Reads every partition of a topic. The library reads only as a member of a group, so a tail is the one member of a
 * group of its own, which commits nothing and is deleted at the end.
 */
export async function createTail({
  kafka,
  admin,
  topic,
  from,
  onRecords,
  partitions,
  stuckAfterMs,
  logger,
}: KafkaTailOptions): Promise<Tail> {
  const group = `tail-${randomUUID()}`;
  const ranges = await offsetRanges(admin, topic);
  const positions = new Map<number, bigint>();
  for (const [partition, { start, end }] of ranges) {
    const position = (from === 'end' ? undefined : from.get(partition)) ?? end;
    positions.set(partition, position < start ? start : position > end ? end : position);
  }

  const pacing = createPacing(FETCH_MS);
  const ready = Promise.withResolvers<void>();
  const inHand = new Set<Promise<void>>();
  /** What has to be read to have caught up; null while that is not known, after the log was away. */
  let ends: ReadonlyMap<number, OffsetRange> | null = ranges;
  let lookups = 0;
  let hasCaughtUp = false;
  let hasJoined = false;
  let stopped = false;
  function checkCaughtUp(): void {
    if (!hasJoined || ends === null) return;
    if (![...ends].every(([partition, { end }]) => (positions.get(partition) ?? 0n) >= end)) return;
    hasCaughtUp = true;
    ready.resolve();
  }

  /** What came while nothing was read has to be read first: only the log knows how much that is. */
  async function lookAgain(): Promise<void> {
    if (!hasJoined) return;
    hasCaughtUp = false;
    ends = null;
    lookups += 1;
    const lookup = lookups;
    for (let delayMs = 50; !stopped && lookup === lookups; delayMs = Math.min(delayMs * 2, 1_000)) {
      const found = await offsetRanges(admin, topic).catch(() => null);
      if (found !== null && lookup === lookups) {
        ends = found;
        checkCaughtUp();
        return;
      }
      await delay(delayMs);
    }
  }

  async function tell(partition: number, records: readonly LogRecord[], nextOffset: bigint): Promise<void> {
    const seen = positions.get(partition) ?? 0n;
    const unseen = records.filter(({ offset }) => offset >= seen);
    try {
      if (unseen.length > 0) await onRecords(unseen);
    } catch (error) {
      logger.error({ err: error, topic, partition }, 'the reader of a tail failed');
    }
    positions.set(partition, nextOffset);
    checkCaughtUp();
  }

  const reader = await createGroupReader({
    kafka,
    group,
    topic,
    partitions,
    limits: LIMITS,
    ...(stuckAfterMs !== undefined && { stuckAfterMs }),
    onBack: () => void lookAgain(),
    logger,
    async startOffsets() {
      // What is in hand must have moved its position: its records would be told twice.
      await Promise.all(inHand);
      return positions;
    },
    oldestOffset: (partition) => oldestOffset(admin, topic, partition),
    async take(partition, records, nextOffset) {
      const startedMs = performance.now();
      const telling = tell(partition, records, nextOffset);
      inHand.add(telling);
      await telling;
      inHand.delete(telling);
      await pacing.rest(partition, { records: records.length, startedMs });
      return true;
    },
  });
  reader.joined.then(
    () => {
      hasJoined = true;
      checkCaughtUp();
    },
    () => {}, // it was stopped before
  );

  return {
    caughtUp: () => hasCaughtUp && reader.isFetching(),
    ready: ready.promise,
    positions: () => new Map(positions),
    ended: reader.ended,
    async stop() {
      stopped = true;
      await reader.stop();
      await admin.deleteGroups([group]).catch(() => {}); // Kafka removes an empty group without offsets by itself
    },
  };
}
