import { EventLogError, type LogRecord, type OutgoingRecord } from './event-log.ts';

/** What Kafka takes by default, less some room for its framing. */
export const RECORD_MAX_BYTES = 1_000_000;

/** What a record takes, apart from the log's framing. */
export function sizeOf({ key, value, headers }: OutgoingRecord | LogRecord): number {
  const headerBytes = Object.entries(headers).reduce(
    (sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text),
    0,
  );
  return value.byteLength + Buffer.byteLength(key ?? '') + headerBytes;
}

/**
 * Checks records that are published in one call: what a log takes at once is limited as a single record is.
 * @returns what they take together, in bytes
 * @throws EventLogError `TOO_LARGE`
 */
export function checkSize(records: readonly OutgoingRecord[]): number {
  const bytes = records.reduce((sum, record) => sum + sizeOf(record), 0);
  if (bytes > RECORD_MAX_BYTES)
    throw new EventLogError('TOO_LARGE', `${bytes} bytes at once are over the limit of ${RECORD_MAX_BYTES}`);
  return bytes;
}
