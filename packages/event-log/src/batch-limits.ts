/** What one batch may hold: so that what a process keeps in memory does not depend on how far it is behind. */
export interface BatchLimits {
  readonly maxRecords: number;
  /** A single record that is larger comes alone. */
  readonly maxBytes: number;
}

export const DEFAULT_MAX_BATCH_RECORDS = 500;
export const DEFAULT_MAX_BATCH_BYTES = 1_048_576;

/** The first of the records that make one batch: at least one where there is any. Takes no more from the iterable than it needs. */
export function takeBatch<T>(records: Iterable<T>, bytesOf: (record: T) => number, limits: BatchLimits): T[] {
  const batch: T[] = [];
  let bytes = 0;
  for (const record of records) {
    bytes += bytesOf(record);
    if (batch.length > 0 && bytes > limits.maxBytes) break;
    batch.push(record);
    if (batch.length >= limits.maxRecords) break;
  }
  return batch;
}
