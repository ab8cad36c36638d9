import type { LogRecord, OutgoingRecord } from '@tributary/event-log';
import { partitionOf } from '../../../../packages/event-log/src/partitioner.ts';

/** What the topics hold. */
export interface Topics {
  partitions(topic: string): readonly LogRecord[][];
  /** Appends the records whose partition is wanted. */
  append(topic: string, records: readonly OutgoingRecord[], isWanted?: (partition: number) => boolean): void;
  /** Resolves when there is more in the partition than up to an offset. */
  longerThan(topic: string, partition: number, offset: number): Promise<void>;
}

export function createTopics(counts: Readonly<Record<string, number>>, nowMs: () => number): Topics {
  const topics = new Map<string, LogRecord[][]>();
  for (const [name, count] of Object.entries(counts))
    topics.set(
      name,
      Array.from({ length: count }, () => []),
    );
  let waiting: { records: LogRecord[]; offset: number; resolve(): void }[] = [];

  function partitions(topic: string): LogRecord[][] {
    const found = topics.get(topic);
    if (!found) throw new Error(`there is no topic ${topic}`);
    return found;
  }

  return {
    partitions,
    append(topic, records, isWanted = () => true) {
      const all = partitions(topic);
      for (const { key, value, headers } of records) {
        const partition = partitionOf(key, all.length);
        if (!isWanted(partition)) continue;
        const held = all[partition] as LogRecord[];
        const offset = BigInt(held.length);
        held.push({ topic, partition, offset, timestampMs: nowMs(), key, value: Buffer.from(value), headers });
      }
      const woken = waiting.filter(({ records: held, offset }) => held.length > offset);
      waiting = waiting.filter((one) => !woken.includes(one));
      for (const { resolve } of woken) resolve();
    },
    longerThan(topic, partition, offset) {
      const records = partitions(topic)[partition] as LogRecord[];
      if (records.length > offset) return Promise.resolve();
      return new Promise((resolve) => waiting.push({ records, offset, resolve }));
    },
  };
}
