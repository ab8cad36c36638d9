import type { EventLog } from '@tributary/event-log';
import type { SpanAttributes } from '@tributary/service';
import type { RelayPath } from './metrics.ts';
import type { StoredRecord } from './outbox.ts';

/** Far below the 1 MiB that a log takes at once by default. */
const CHUNK_MAX_BYTES = 512 * 1024;
/** What a record takes beside its value: key, headers, framing. */
const RECORD_OVERHEAD_BYTES = 1024;

/** Records in their order, in runs of one topic that the log takes at once. */
export function* chunksOf(records: readonly StoredRecord[]): Generator<StoredRecord[]> {
  let chunk: StoredRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    const size = record.value.byteLength + RECORD_OVERHEAD_BYTES;
    if (chunk.length > 0 && (chunk[0]?.topic !== record.topic || bytes + size > CHUNK_MAX_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(record);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

export interface Publishing {
  log: EventLog;
  /** How long to wait for the log's acknowledgement, in milliseconds. */
  deadlineMs: number;
  path: RelayPath;
}

/** Appends a chunk to its topic: each record in the trace that its row carries, whoever relays it. */
export async function publishChunk(
  chunk: readonly StoredRecord[],
  { log, deadlineMs, path }: Publishing,
): Promise<void> {
  const [first] = chunk;
  if (!first) return;
  const records = chunk.map(({ key, value, headers }) => ({ key, value, headers }));
  await log.publish(first.topic, records, { deadlineMs, attributes: spanAttributes[path] });
}

const spanAttributes = {
  memory: { 'tributary.outbox.path': 'memory' },
  table: { 'tributary.outbox.path': 'table' },
} as const satisfies Record<RelayPath, SpanAttributes>;
