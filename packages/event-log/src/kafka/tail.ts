import { randomUUID } from 'node:crypto';
import type { Logger } from '@tributary/service';
import type { Admin, Kafka } from 'kafkajs';
import type { Tail, TailOptions } from '../event-log.ts';
import { createPacing } from '../pacing.ts';
import { createGroupReader } from './group-reader.ts';
import { offsetRanges, oldestOffset } from './topics.ts';

export interface KafkaTailOptions extends TailOptions {
  kafka: Kafka;
  admin: Admin;
  partitions: number;
  logger: Logger;
}

const BATCH_RECORDS = 500;
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
  let hasCaughtUp = false;
  function checkReady(): void {
    if (hasCaughtUp || ![...ranges].every(([partition, { end }]) => (positions.get(partition) ?? 0n) >= end)) return;
    hasCaughtUp = true;
    ready.resolve();
  }

  const reader = await createGroupReader({
    kafka,
    group,
    topic,
    partitions,
    maxBatchRecords: BATCH_RECORDS,
    logger,
    startOffsets: async () => positions,
    oldestOffset: (partition) => oldestOffset(admin, topic, partition),
    async take(partition, records, nextOffset) {
      const startedMs = performance.now();
      const seen = positions.get(partition) ?? 0n;
      const unseen = records.filter(({ offset }) => offset >= seen);
      try {
        if (unseen.length > 0) await onRecords(unseen);
      } catch (error) {
        logger.error({ err: error, topic, partition }, 'the reader of a tail failed');
      }
      positions.set(partition, nextOffset);
      checkReady();
      await pacing.rest(partition, { records: records.length, startedMs });
      return true;
    },
  });
  void reader.joined.then(checkReady);

  return {
    caughtUp: () => hasCaughtUp && reader.isFetching(),
    ready: ready.promise,
    positions: () => new Map(positions),
    ended: reader.ended,
    async stop() {
      await reader.stop();
      await admin.deleteGroups([group]).catch(() => {}); // Kafka removes an empty group without offsets by itself
    },
  };
}
