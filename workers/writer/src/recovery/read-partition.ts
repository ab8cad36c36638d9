import type { EventLog, LogRecord } from '@tributary/event-log';

export interface PartitionReading {
  log: EventLog;
  topic: string;
  partition: number;
  /** The first offset that is wanted. */
  from: bigint;
  /** Waited for before more records come. When it rejects the reading does so too. */
  onRecords(records: readonly LogRecord[]): Promise<void> | void;
  /** Gives up: the reading rejects with its reason. */
  signal: AbortSignal;
}

/** Reads a partition from an offset up to where it ends now. */
export async function readPartition(reading: PartitionReading): Promise<void> {
  const { log, topic, partition, from, onRecords, signal } = reading;
  const { end = 0n } = (await log.offsets(topic)).get(partition) ?? {};
  if (from >= end) return;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {}); // it may be so before anyone waits for it
  const giveUp = () => failed.reject(signal.reason);
  signal.addEventListener('abort', giveUp);
  let hasFailed = false;
  const tail = await log.tail({
    topic,
    from: new Map([[partition, from]]),
    async onRecords(records) {
      const wanted = records.filter((record) => record.partition === partition && record.offset < end);
      if (wanted.length === 0 || hasFailed) return;
      try {
        await onRecords(wanted);
      } catch (error) {
        hasFailed = true;
        failed.reject(error);
      }
    },
  });
  try {
    signal.throwIfAborted();
    const ended = tail.ended.then((reason) => Promise.reject(reason));
    await Promise.race([failed.promise, ended, tail.ready]);
    // The last records may have failed just as they made the tail ready.
    if (hasFailed) await failed.promise;
  } finally {
    signal.removeEventListener('abort', giveUp);
    await tail.stop();
  }
}
