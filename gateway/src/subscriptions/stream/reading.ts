import type { LogRecord } from '@tributary/event-log';
import { type Logger, traceContextOf } from '@tributary/service';
import type { Entry, LiveTopic, Reading } from './live-event.ts';
import { createRepeats } from './repeats.ts';

/** What one record brought. */
export interface Read<R extends Reading> {
  readonly reading: R;
  /** Null where it tells of no change, or of one that was seen before. */
  readonly entry: Entry | null;
}

/** Reads the records of a topic in order, each event once. A record that cannot be read is logged and passed over. */
export function createReading<R extends Reading>(
  topic: LiveTopic<R>,
  logger: Logger,
): (record: LogRecord) => Read<R> | null {
  const isRepeat = createRepeats();
  return (record) => {
    const { partition, timestampMs, headers } = record;
    const offset = Number(record.offset);
    let reading: R;
    try {
      reading = topic.read(record);
    } catch (error) {
      logger.error({ err: error, partition, offset }, 'an event cannot be read; subscribers do not see it');
      return null;
    }
    const { event } = reading;
    if (!event || isRepeat(event)) return { reading, entry: null };
    return { reading, entry: { event, partition, offset, timestampMs, trace: traceContextOf(headers) } };
  };
}
