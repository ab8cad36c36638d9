import { createHash } from 'node:crypto';
import type { EventLog, LogRecord, OutgoingRecord } from '../event-log.ts';
import { RECORD_MAX_BYTES, sizeOf } from '../record-size.ts';

const PUBLISH_DEADLINE_MS = 10_000;
const REASON_MAX_CHARACTERS = 500;

/** The headers that a dead letter has beside those of the record it was. */
export const deadLetterHeaders = {
  reason: 'dead-letter-reason',
  code: 'dead-letter-code',
  /** Tells failures of the same cause together without showing a stack. */
  stackDigest: 'dead-letter-stack-digest',
  topic: 'dead-letter-topic',
  partition: 'dead-letter-partition',
  offset: 'dead-letter-offset',
  time: 'dead-letter-time',
  /** Only where the record was too large to be kept whole: how many bytes its value had. */
  cutFromBytes: 'dead-letter-cut-from-bytes',
} as const;

/**
 * Keeps a record that cannot be handled: its bytes as they are, why, and where it stood. One that would be too large with that
 * is cut, since it must not block those behind it.
 */
export async function deadLetter(log: EventLog, topic: string, record: LogRecord, error: unknown): Promise<void> {
  const failure = error instanceof Error ? error : new Error(String(error));
  const reasons = {
    [deadLetterHeaders.reason]: printable(failure.message),
    [deadLetterHeaders.code]: 'code' in failure ? String(failure.code) : failure.name,
    [deadLetterHeaders.stackDigest]: createHash('sha256')
      .update(failure.stack ?? '')
      .digest('hex')
      .slice(0, 16),
    [deadLetterHeaders.topic]: record.topic,
    [deadLetterHeaders.partition]: String(record.partition),
    [deadLetterHeaders.offset]: String(record.offset),
    [deadLetterHeaders.time]: new Date().toISOString(),
  };
  const letter = { key: record.key ?? '', value: record.value, headers: { ...record.headers, ...reasons } };
  await log.publish(topic, [fitting(letter, reasons)], { deadlineMs: PUBLISH_DEADLINE_MS });
}

/** The letter, or as much of its value as there is room for, without its own key and headers. */
function fitting(letter: OutgoingRecord, reasons: OutgoingRecord['headers']): OutgoingRecord {
  if (sizeOf(letter) <= RECORD_MAX_BYTES) return letter;
  const { value } = letter;
  const headers = { ...reasons, [deadLetterHeaders.cutFromBytes]: String(value.byteLength) };
  const room = RECORD_MAX_BYTES - sizeOf({ key: '', value: new Uint8Array(), headers });
  return { key: '', value: value.subarray(0, room), headers };
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, REASON_MAX_CHARACTERS);
}
