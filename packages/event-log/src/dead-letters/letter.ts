import type { LogRecord, OutgoingRecord } from '../event-log.ts';
import { deadLetterHeaders, resolutionHeaders } from './headers.ts';

/** A record that could not be handled, as it is kept. */
export interface DeadLetter {
  /** `<partition>-<offset>` of the place where it is kept. */
  id: string;
  /**
   * `open`: nobody has done anything about it. `replaying`: a replay has begun and may or may not have been published; replay it
   * again to finish it. `replayed` and `dropped` are final.
   */
  state: 'open' | 'replaying' | 'replayed' | 'dropped';
  /** Who replayed or dropped it, when, and as what; null while it is open. */
  resolution: Resolution | null;
  /** Why it could not be handled. */
  reason: string;
  /** The error's code, or its name where it had none. */
  code: string;
  /** Equal for failures at the same place of the code. */
  stackDigest: string;
  /** Where the record stood. */
  origin: { topic: string; partition: number; offset: bigint; timestampMs: number | null };
  /** When it was given up, UTC milliseconds. */
  diedAtMs: number;
  /** The record's own key; empty when it had none, or was cut. */
  key: string;
  /** How many bytes of the value are kept. */
  valueBytes: number;
  /** How many bytes the value had, where it was too large to be kept whole; else null. Such a letter cannot be replayed. */
  cutFromBytes: number | null;
  traceparent: string | null;
  /** How often the same record was kept once more, because the process that gave it up died before it had moved on. */
  repeats: number;
}

export interface Resolution {
  by: string;
  /** UTC milliseconds. */
  atMs: number;
  /** The id under which it was replayed; null for one that was dropped. */
  replayId: string | null;
}

/** A dead letter with all that was kept of the record. */
export interface WholeDeadLetter extends DeadLetter {
  value: Buffer;
  /** The record's own headers. */
  headers: Readonly<Record<string, string>>;
}

/** What a resolution says of a dead letter, in the order in which they come. The first of `replaying` and `dropped` stands. */
export type ResolutionKind = 'replaying' | 'replayed' | 'dropped';

export function resolutionRecord(id: string, kind: ResolutionKind, resolution: Resolution): OutgoingRecord {
  return {
    key: id,
    value: new Uint8Array(),
    headers: {
      [resolutionHeaders.kind]: kind,
      [resolutionHeaders.by]: resolution.by,
      [resolutionHeaders.time]: new Date(resolution.atMs).toISOString(),
      ...(resolution.replayId !== null && { [resolutionHeaders.replayId]: resolution.replayId }),
    },
  };
}

/** What a record of a dead-letter topic says of another; null when it is itself a dead letter. */
export function resolutionOf({ key, headers }: LogRecord): { id: string; kind: string; resolution: Resolution } | null {
  const kind = headers[resolutionHeaders.kind];
  if (kind === undefined) return null;
  const resolution = {
    by: headers[resolutionHeaders.by] ?? '',
    atMs: timeOf(headers[resolutionHeaders.time]) ?? 0,
    replayId: headers[resolutionHeaders.replayId] ?? null,
  };
  return { id: key ?? '', kind, resolution };
}

export function letterOf(record: LogRecord): DeadLetter {
  const { headers } = record;
  const cut = headers[deadLetterHeaders.cutFromBytes];
  return {
    id: `${record.partition}-${record.offset}`,
    state: 'open',
    resolution: null,
    reason: headers[deadLetterHeaders.reason] ?? '',
    code: headers[deadLetterHeaders.code] ?? '',
    stackDigest: headers[deadLetterHeaders.stackDigest] ?? '',
    origin: {
      topic: headers[deadLetterHeaders.topic] ?? '',
      partition: Number(headers[deadLetterHeaders.partition] ?? 0),
      offset: BigInt(headers[deadLetterHeaders.offset] ?? 0),
      timestampMs: timeOf(headers[deadLetterHeaders.timestamp]),
    },
    diedAtMs: timeOf(headers[deadLetterHeaders.time]) ?? record.timestampMs,
    key: record.key ?? '',
    valueBytes: record.value.byteLength,
    cutFromBytes: cut === undefined ? null : Number(cut),
    traceparent: headers.traceparent ?? null,
    repeats: 0,
  };
}

/** The record as it was: its bytes under its own key and headers. */
export function originalRecord({ key, value, headers }: WholeDeadLetter): OutgoingRecord {
  return { key, value, headers };
}

function timeOf(text: string | undefined): number | null {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? null : ms;
}
