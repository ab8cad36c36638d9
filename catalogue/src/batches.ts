import { once } from 'node:events';
import type { Ledger } from './ledger.ts';
import type { RowSource } from './reading/source.ts';
import { checkRow, type Item } from './row.ts';
import { openSeenRows } from './seen.ts';

export interface Batches {
  /** Can be taken from by several workers at once. */
  readonly batches: AsyncGenerator<readonly Item[], undefined>;
  /** Rows that have been read. */
  rows(): number;
}

/** Rows with an outcome that wait for an earlier one; beyond, no more are read. */
const WAITING_MAX = 20_000;

/**
 * The rows that have no outcome yet, as many in one batch as go into a request. Rows that are refused already here are
 * settled here. Ends early when the import is stopped.
 */
export function readBatches(source: RowSource, size: number, ledger: Ledger, stopping: AbortSignal): Batches {
  const settledRows = ledger.settled().rows;
  const stopped = once(stopping, 'abort');
  let row = 0;

  async function* read(): AsyncGenerator<readonly Item[], undefined> {
    const seen = openSeenRows();
    let batch: Item[] = [];
    try {
      for await (const raw of source.rows()) {
        if (stopping.aborted) return;
        row += 1;
        // Rows that have their outcome are checked, too: later ones may repeat them.
        const checked = checkRow(raw, row, seen);
        if (row <= settledRows) continue;
        if ('reject' in checked) ledger.settle(row, { kind: 'rejected', reject: checked.reject });
        else batch.push(checked.item);
        if (batch.length === size) {
          yield batch;
          batch = [];
        }
        while (ledger.waiting() > WAITING_MAX && !stopping.aborted) await Promise.race([ledger.moved(), stopped]);
      }
      if (batch.length > 0) yield batch;
    } finally {
      seen.close();
    }
  }
  return { batches: read(), rows: () => row };
}
