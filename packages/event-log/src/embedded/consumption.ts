import { type Logger, untilUp } from '@tributary/service';
import { DEFAULT_MAX_BATCH_BYTES, DEFAULT_MAX_BATCH_RECORDS } from '../batch-limits.ts';
import type { ConsumeOptions, Consumption } from '../event-log.ts';
import { createPacing } from '../pacing.ts';
import type { Groups, Member } from './groups.ts';
import { type PartitionReader, readPartition } from './partition-reader.ts';
import type { Storage } from './storage.ts';

export interface GroupConsumptionOptions extends ConsumeOptions {
  partitions: number;
  storage: Storage;
  groups: Groups;
  /** Who is to be woken when records are appended. */
  readers: Set<{ topic: string; wake(): void }>;
  logger: Logger;
}

/** Joins a group of this process and handles the partitions that it is given. */
export async function consumeGroup(options: GroupConsumptionOptions): Promise<Consumption> {
  const { topic, group, storage, groups, readers, logger } = options;
  const { maxBatchRecords = DEFAULT_MAX_BATCH_RECORDS, maxBatchBytes = DEFAULT_MAX_BATCH_BYTES } = options;
  const limits = { maxRecords: maxBatchRecords, maxBytes: maxBatchBytes };
  const pacing = createPacing(0);
  const held = new Map<number, PartitionReader>();
  const leaving = new AbortController();
  const ended = Promise.withResolvers<Error>();
  const waker = {
    topic,
    wake: () => {
      for (const reader of held.values()) reader.wake();
    },
  };

  const member: Member = {
    async assign(partitions) {
      await Promise.all([...held.values()].map((reader) => reader.stop()));
      held.clear();
      if (partitions.length === 0 || leaving.signal.aborted) return;
      const starts = await untilUp(`positions of ${group}`, () => startOffsets(partitions), {
        logger,
        signal: leaving.signal,
      });
      for (const [partition, start] of starts) held.set(partition, read(partition, start));
    },
  };

  async function startOffsets(partitions: readonly number[]): Promise<[number, bigint][]> {
    const positions = await options.positions(partitions);
    return partitions.map((partition) => {
      const position = positions.get(partition);
      const { start, end } = storage.range(topic, partition);
      return [partition, position !== undefined && position >= start && position <= end ? position : start];
    });
  }

  function read(partition: number, from: bigint): PartitionReader {
    return readPartition({
      from,
      read: (position) => storage.read(topic, partition, position, limits),
      async handle(records) {
        const startedMs = performance.now();
        await options.handle({
          topic,
          partition,
          records,
          nextOffset: (records.at(-1)?.offset ?? 0n) + 1n,
          isStale: () => !held.has(partition),
        });
        if (!leaving.signal.aborted) await pacing.rest(partition, { records: records.length, startedMs });
      },
      onFailure: (error, delayMs) =>
        logger.warn({ err: error, topic, group, partition, retryInMs: delayMs }, 'a batch failed and will come again'),
      onUnreadable: ended.resolve,
    });
  }

  readers.add(waker);
  await groups.join(group, topic, options.partitions, member);

  return {
    assigned: () => [...held.keys()],
    isReading: () => !leaving.signal.aborted && [...held.values()].every((reader) => reader.isReading()),
    lag: () =>
      new Map(
        [...held].map(([partition, reader]) => [partition, storage.range(topic, partition).end - reader.position()]),
      ),
    ended: ended.promise,
    async stop() {
      readers.delete(waker);
      leaving.abort();
      await groups.leave(group, topic, member);
    },
  };
}
