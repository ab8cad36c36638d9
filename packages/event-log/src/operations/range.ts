import { type EventLog, EventLogError, type LogRecord, type OffsetRange } from '../event-log.ts';
import { partitionOf } from '../partitioner.ts';

export interface RangeReading {
  log: EventLog;
  topic: string;
  onRecord(record: LogRecord): void;
  /** Called after each batch with the records that were read and those that there are. */
  onProgress?(read: number, total: number): void;
  /** Gives up: the reading rejects with its reason. */
  signal: AbortSignal;
  /** How long no record may come, in milliseconds. Default 15,000. */
  stallMs?: number;
}

const STALL_MS = 15_000;

/**
 * Reads what the partition of a key holds now, and tells its range.
 * @throws EventLogError `UNKNOWN_TOPIC`; `UNAVAILABLE` when records fail to come
 */
export async function readPartitionOf(
  key: string,
  reading: RangeReading,
): Promise<OffsetRange & { partition: number }> {
  const ranges = await reading.log.offsets(reading.topic);
  const partition = partitionOf(key, ranges.size);
  const range = ranges.get(partition) ?? { start: 0n, end: 0n };
  await readRanges(reading, new Map([[partition, range]]));
  return { partition, ...range };
}

/** Reads partitions from a position each up to where they end now, and tells these ends. */
export async function readFrom(
  positions: ReadonlyMap<number, bigint>,
  reading: RangeReading,
): Promise<ReadonlyMap<number, OffsetRange>> {
  const kept = await reading.log.offsets(reading.topic);
  const ranges = new Map(
    [...kept].map(([partition, { start, end }]) => [
      partition,
      { start: highest(positions.get(partition), start), end },
    ]),
  );
  await readRanges(reading, ranges);
  return ranges;
}

async function readRanges(reading: RangeReading, ranges: ReadonlyMap<number, OffsetRange>): Promise<void> {
  const { log, topic, onRecord, onProgress, signal, stallMs = STALL_MS } = reading;
  const wanted = new Map([...ranges].filter(([, { start, end }]) => start < end));
  if (wanted.size === 0) return;
  signal.throwIfAborted();
  const total = Number([...wanted.values()].reduce((sum, { start, end }) => sum + end - start, 0n));
  const givenUp = Promise.withResolvers<never>();
  givenUp.promise.catch(() => {}); // it may be so before anyone waits for it
  const stall = setTimeout(
    () => givenUp.reject(new EventLogError('UNAVAILABLE', `no record of ${topic} came for ${stallMs} ms`)),
    stallMs,
  );
  const onAbort = () => givenUp.reject(signal.reason);
  signal.addEventListener('abort', onAbort);
  let read = 0;
  try {
    const tail = await log.tail({
      topic,
      from: new Map([...wanted].map(([partition, { start }]) => [partition, start])),
      onRecords(records) {
        for (const record of records) {
          if (record.offset >= (wanted.get(record.partition)?.end ?? 0n)) continue;
          read += 1;
          onRecord(record);
        }
        stall.refresh();
        onProgress?.(read, total);
      },
    });
    const ended = tail.ended.then((reason) => Promise.reject(reason));
    await Promise.race([tail.ready, ended, givenUp.promise]).finally(() => tail.stop());
  } finally {
    clearTimeout(stall);
    signal.removeEventListener('abort', onAbort);
  }
}

function highest(a: bigint | undefined, b: bigint): bigint {
  return a === undefined || a < b ? b : a;
}
