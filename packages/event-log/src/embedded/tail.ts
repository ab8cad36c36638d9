import type { Logger } from '@tributary/service';
import { DEFAULT_MAX_BATCH_BYTES, DEFAULT_MAX_BATCH_RECORDS } from '../batch-limits.ts';
import type { OffsetRange, Tail, TailOptions } from '../event-log.ts';
import { readPartition } from './partition-reader.ts';
import type { Storage } from './storage.ts';

export interface EmbeddedTailOptions extends TailOptions {
  /** What every partition holds now. */
  ranges: ReadonlyMap<number, OffsetRange>;
  storage: Storage;
  /** Who is to be woken when records are appended. */
  readers: Set<{ topic: string; wake(): void }>;
  logger: Logger;
}

const LIMITS = { maxRecords: DEFAULT_MAX_BATCH_RECORDS, maxBytes: DEFAULT_MAX_BATCH_BYTES };

/** Reads every partition of a topic. */
export function createTail({ topic, from, onRecords, ranges, storage, readers, logger }: EmbeddedTailOptions): Tail {
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Error>();
  const partitions = new Map(
    [...ranges].map(([partition, range]) => {
      const reader = readPartition({
        from: startOf(range, from === 'end' ? undefined : from.get(partition)),
        read: (position) => storage.read(topic, partition, position, LIMITS),
        handle: async (records) => {
          await onRecords(records);
          setImmediate(checkReady);
        },
        onFailure: (error) => logger.error({ err: error, topic, partition }, 'the reader of a tail failed'),
        onUnreadable: ended.resolve,
      });
      return [partition, reader] as const;
    }),
  );

  const isCaughtUp = () =>
    [...partitions].every(
      ([partition, reader]) => reader.isReading() && reader.position() >= (ranges.get(partition)?.end ?? 0n),
    );
  function checkReady(): void {
    if (isCaughtUp()) ready.resolve();
  }
  checkReady();

  const waker = {
    topic,
    wake: () => {
      for (const reader of partitions.values()) reader.wake();
    },
  };
  readers.add(waker);

  return {
    caughtUp: isCaughtUp,
    ready: ready.promise,
    positions: () => new Map([...partitions].map(([partition, reader]) => [partition, reader.position()])),
    ended: ended.promise,
    async stop() {
      readers.delete(waker);
      await Promise.all([...partitions.values()].map((reader) => reader.stop()));
    },
  };
}

/** A position that is no longer kept goes on with the oldest record that is. */
function startOf({ start, end }: OffsetRange, position: bigint | undefined): bigint {
  if (position === undefined) return end;
  if (position < start) return start;
  return position > end ? end : position;
}
