import type { Reject } from './row.ts';

/** What became of a row. */
export type Outcome =
  /** `repeated`: it was there already. */
  | { readonly kind: 'accepted' | 'repeated'; readonly productId: string }
  | { readonly kind: 'rejected'; readonly reject: Reject };

export type Counts = Readonly<Record<Outcome['kind'], number>>;

/** What is known of the rows up to one before which none is missing. */
export interface Settled {
  readonly rows: number;
  readonly counts: Counts;
  /** The last product of them that is there; null when all were rejected. */
  readonly lastProductId: string | null;
}

export const NOTHING_SETTLED: Settled = {
  rows: 0,
  counts: { accepted: 0, repeated: 0, rejected: 0 },
  lastProductId: null,
};

/** Takes outcomes in any order and knows before which row every row has one. */
export interface Ledger {
  settle(row: number, outcome: Outcome): void;
  settled(): Settled;
  /** Of all rows that have an outcome. */
  counts(): Counts;
  /** Rows that wait for the outcome of an earlier one. */
  waiting(): number;
  /** Resolves when the next row is settled. */
  moved(): Promise<void>;
}

/**
 * @param earlier what an earlier run has settled
 * @param onReject told of rejects in the order of the file
 */
export function createLedger(earlier: Settled, onReject: (reject: Reject) => void): Ledger {
  const early = new Map<number, Outcome>();
  const counts = { ...earlier.counts };
  const settledCounts = { ...earlier.counts };
  let { rows, lastProductId } = earlier;
  let wake = Promise.withResolvers<void>();

  function advance(): void {
    const before = rows;
    for (let outcome = early.get(rows + 1); outcome; outcome = early.get(rows + 1)) {
      early.delete(rows + 1);
      rows += 1;
      settledCounts[outcome.kind] += 1;
      if (outcome.kind === 'rejected') onReject(outcome.reject);
      else lastProductId = outcome.productId;
    }
    if (rows === before) return;
    wake.resolve();
    wake = Promise.withResolvers();
  }
  return {
    settle(row, outcome) {
      if (row <= rows || early.has(row)) throw new Error(`row ${row} has two outcomes`);
      counts[outcome.kind] += 1;
      early.set(row, outcome);
      advance();
    },
    settled: () => ({ rows, counts: { ...settledCounts }, lastProductId }),
    counts: () => counts,
    waiting: () => early.size,
    moved: () => wake.promise,
  };
}
