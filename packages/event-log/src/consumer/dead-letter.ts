import { deadLetterHeaders, ownHeaders } from '../dead-letters/headers.ts';
import type { EventLog, LogRecord, OutgoingRecord } from '../event-log.ts';
import { RECORD_MAX_BYTES, sizeOf } from '../record-size.ts';
import { stackDigest } from './stack-digest.ts';

const PUBLISH_DEADLINE_MS = 10_000;
const REASON_MAX_CHARACTERS = 500;
const CODE_MAX_CHARACTERS = 100;
/** A foreign producer's may be of any length; ours are shorter. */
const TRACE_MAX_CHARACTERS = 512;

/**
 * Keeps a record that cannot be handled: its bytes as they are, why, and where it stood. One that would be too large with that
 * is cut, since it must not block those behind it.
 */
export async function deadLetter(log: EventLog, topic: string, record: LogRecord, error: unknown): Promise<void> {
  const failure = error instanceof Error ? error : new Error(String(error));
  const reasons = {
    [deadLetterHeaders.reason]: printable(failure.message, REASON_MAX_CHARACTERS),
    [deadLetterHeaders.code]: printable('code' in failure ? String(failure.code) : failure.name, CODE_MAX_CHARACTERS),
    [deadLetterHeaders.stackDigest]: stackDigest(failure),
    [deadLetterHeaders.topic]: record.topic,
    [deadLetterHeaders.partition]: String(record.partition),
    [deadLetterHeaders.offset]: String(record.offset),
    [deadLetterHeaders.timestamp]: new Date(record.timestampMs).toISOString(),
    [deadLetterHeaders.time]: new Date().toISOString(),
  };
  const headers = ownHeaders(record.headers);
  const letter = { key: record.key ?? '', value: record.value, headers: { ...headers, ...reasons } };
  await log.publish(topic, [fitting(letter, { ...traceOf(headers), ...reasons })], { deadlineMs: PUBLISH_DEADLINE_MS });
}

/** The letter, or as much of its value as there is room for, without its own key and headers but for the trace. */
function fitting(letter: OutgoingRecord, needed: OutgoingRecord['headers']): OutgoingRecord {
  if (sizeOf(letter) <= RECORD_MAX_BYTES) return letter;
  const { value } = letter;
  const headers = { ...needed, [deadLetterHeaders.cutFromBytes]: String(value.byteLength) };
  const room = RECORD_MAX_BYTES - sizeOf({ key: '', value: new Uint8Array(), headers });
  return { key: '', value: value.subarray(0, room), headers };
}

function traceOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  const trace = Object.entries(headers).filter(([name]) => name === 'traceparent' || name === 'tracestate');
  return Object.fromEntries(trace.filter(([, text]) => text.length <= TRACE_MAX_CHARACTERS));
}

function printable(text: string, maxCharacters: number): string {
  return text.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, maxCharacters);
}
