import { type EventLog, EventLogError, type LogRecord } from '../event-log.ts';

/**
 * Reads all that a topic holds now, per partition in order.
 * @throws EventLogError `UNKNOWN_TOPIC`; `UNAVAILABLE` when it was not read within `deadlineMs`
 */
export async function readTopic(
  log: EventLog,
  topic: string,
  onRecord: (record: LogRecord) => void,
  deadlineMs: number,
): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new EventLogError('UNAVAILABLE', `${topic} was not read within ${deadlineMs} ms`)),
    deadlineMs,
  );
  try {
    await Promise.race([read(), late.promise]);
  } finally {
    clearTimeout(timer);
  }

  async function read(): Promise<void> {
    const ranges = [...(await log.offsets(topic))];
    if (ranges.every(([, { start, end }]) => start === end)) return;
    const ends = new Map(ranges.map(([partition, { end }]) => [partition, end]));
    const tail = await log.tail({
      topic,
      from: new Map(ranges.map(([partition, { start }]) => [partition, start])),
      onRecords: (records) => {
        for (const record of records) if (record.offset < (ends.get(record.partition) ?? 0n)) onRecord(record);
      },
    });
    try {
      await Promise.race([tail.ready, tail.ended.then((reason) => Promise.reject(reason)), late.promise]);
    } finally {
      await tail.stop();
    }
  }
}
