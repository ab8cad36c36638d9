import type { RecordPosition } from '../event-log.ts';
import type { PlacedRecord, Storage } from './storage.ts';

interface Waiting {
  records: readonly PlacedRecord[];
  resolve(positions: RecordPosition[]): void;
  reject(error: unknown): void;
}

/** Appends what is published in one turn of the event loop in one transaction: a durable commit costs a sync of the disk. */
export interface Publisher {
  publish(records: readonly PlacedRecord[]): Promise<RecordPosition[]>;
  /** Appends what waits. */
  flush(): void;
}

export function createPublisher(
  storage: Storage,
  nowMs: () => number,
  appended: (topics: ReadonlySet<string>) => void,
): Publisher {
  let waiting: Waiting[] = [];

  function flush(): void {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    let offsets: bigint[];
    try {
      offsets = storage.append(
        batch.flatMap(({ records }) => records),
        nowMs(),
      );
    } catch (error) {
      for (const { reject } of batch) reject(error);
      return;
    }
    let next = 0;
    for (const { records, resolve } of batch)
      resolve(records.map(({ partition }) => ({ partition, offset: offsets[next++] as bigint })));
    appended(new Set(batch.flatMap(({ records }) => records.map(({ topic }) => topic))));
  }

  return {
    publish(records) {
      return new Promise((resolve, reject) => {
        waiting.push({ records, resolve, reject });
        if (waiting.length === 1) setImmediate(flush);
      });
    },
    flush,
  };
}
