import { EventLogError, type OutgoingRecord } from './event-log.ts';

/** What Kafka takes by default, less some room for its framing. */
const RECORD_MAX_BYTES = 1_000_000;

/** @throws EventLogError `TOO_LARGE` */
export function checkSize(record: OutgoingRecord): void {
  const headerBytes = Object.entries(record.headers).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  const bytes = record.value.byteLength + Buffer.byteLength(record.key) + headerBytes;
  if (bytes > RECORD_MAX_BYTES)
    throw new EventLogError('TOO_LARGE', `a record of ${bytes} bytes is over the limit of ${RECORD_MAX_BYTES}`);
}
