import { type Logger, untilUp } from '@tributary/service';
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

const DEFAULT_MAX_BATCH_RECORDS = 500;

/** Joins a group of this process and handles the partitions that it is given. */
export async function consumeGroup(options: GroupConsumptionOptions): Promise<Consumption> {
  const { topic, group, storage, groups, readers, logger, maxBatchRecords = DEFAULT_MAX_BATCH_RECORDS } = options;
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
      const positions = await untilUp(`positions of ${group}`, () => options.positions(partitions), {
        logger,
        signal: leaving.signal,
      });
      for (const partition of partitions) held.set(partition, read(partition, positions.get(partition)));
    },
  };

  function read(partition: number, position: bigint | undefined): PartitionReader {
    const { start, end } = storage.range(topic, partition);
    const isKept = position !== undefined && position >= start && position <= end;
    return readPartition({
      from: isKept ? position : start,
      read: (from) => storage.read(topic, partition, from, maxBatchRecords),
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
    });
  }

  readers.add(waker);
  await groups.join(group, topic, options.partitions, member);

  return {
    assigned: () => [...held.keys()],
    isReading: () => !leaving.signal.aborted,
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
