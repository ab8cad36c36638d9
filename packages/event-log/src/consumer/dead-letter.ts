import { createHash } from 'node:crypto';
import type { EventLog, LogRecord } from '../event-log.ts';

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
} as const;

/** Keeps a record that cannot be handled: its bytes as they are, why, and where it stood. */
export async function deadLetter(log: EventLog, topic: string, record: LogRecord, error: unknown): Promise<void> {
  const failure = error instanceof Error ? error : new Error(String(error));
  const headers = {
    ...record.headers,
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
  await log.publish(topic, [{ key: record.key ?? '', value: record.value, headers }], {
    deadlineMs: PUBLISH_DEADLINE_MS,
  });
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, REASON_MAX_CHARACTERS);
}
