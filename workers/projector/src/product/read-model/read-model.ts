import type { Search } from '@tributary/product';
import type { CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';

/**
 * The read model: every product at its newest version, tombstones of deleted ones, the outcomes of commands, and the
 * positions in the events topic that all of it stands at. Many processes may write it at once.
 */
export interface ReadModel {
  /**
   * Applies changes. A product is stored only if its version is newer than what is there, and before any outcome, so that
   * whoever sees a command COMMITTED can read its product. Repeats do no harm. Of several versions of a product only the
   * newest is stored, of several outcomes of a command only the first.
   * @returns the products that were stored; the others were there already or are older. What an attempt stored that then
   * failed is there already for the next
   * @throws ReadModelError `NOT_BUILT` when there is no read model to apply them to; `UNAVAILABLE`
   */
  apply(changes: Changes): Promise<readonly ProductState[]>;

  /** The newest states of products, tombstones included; a product that was never there is absent. */
  get(ids: readonly string[]): Promise<ReadonlyMap<string, ProductState>>;

  /** A page of the products that a search finds: by rank, then the newest, then by id, descending. */
  search(request: SearchRequest): Promise<SearchPage>;

  /** The outcome of a command; null when none is known. */
  outcome(commandId: string): Promise<CommandStatus | null>;

  /** The next offset to read per partition; null when the read model has not been built. */
  positions(): Promise<ReadonlyMap<number, bigint> | null>;

  /**
   * Stores the next offset of partitions, after what they stand for has been applied, here and in the cache.
   * @throws ReadModelError `NOT_BUILT`, `UNAVAILABLE`
   */
  savePositions(positions: ReadonlyMap<number, bigint>): Promise<void>;

  /**
   * Begins a build, unless another process is at it or it has been built. The build must be renewed (by adding to it) at
   * least every `leaseMs`, else another process may begin anew.
   */
  beginBuild(leaseMs: number): Promise<Build | null>;

  /** Removes outcomes that are older, at most `limit` of them; tells how many. */
  removeOutcomes(olderThanMs: number, limit: number): Promise<number>;

  /** Rejects when the store does not answer. */
  ping(): Promise<void>;

  close(): Promise<void>;
}

export interface Changes {
  products: readonly ProductState[];
  outcomes: readonly CommandOutcome[];
}

/** A product as of a version. A tombstone carries the last state. */
export interface ProductState {
  product: Product;
  deleted: boolean;
}

export interface CommandOutcome {
  status: CommandStatus;
  /** When the writer decided it, UTC milliseconds. */
  decidedAtMs: number;
}

export interface SearchRequest {
  /** Terms to find, or everything. A search that finds nothing never gets here. */
  search: Exclude<Search, { matches: 'nothing' }>;
  page: { after: SearchPosition | null; first: number } | { skip: number; first: number };
  /** Count the matches up to this number; null counts nothing. */
  countTo: number | null;
}

/** Where a product stands in the order of a search. */
export interface SearchPosition {
  rank: 0 | 1;
  createdAtMs: bigint;
  id: string;
}

export interface SearchPage {
  hits: readonly { product: Product; position: SearchPosition }[];
  hasMore: boolean;
  /** Null unless asked for. */
  total: { count: number; isExact: boolean } | null;
}

/** A read model in the making: nobody reads it before it is published. */
export interface Build {
  /** Adds what the write side exported. Renews the lease. */
  add(changes: Changes): Promise<void>;
  /**
   * Makes it the read model, at the positions from which events are still to be applied. They must have been read after the
   * build began: whatever others still apply to a read model that was lost lies before them.
   */
  publish(positions: ReadonlyMap<number, bigint>): Promise<void>;
  /** Gives up, so that another process may begin at once. */
  abandon(): Promise<void>;
}

export type ReadModelErrorCode = 'NOT_BUILT' | 'UNAVAILABLE' | 'BUILD_LOST';

export class ReadModelError extends Error {
  override readonly name = 'ReadModelError';
  readonly code: ReadModelErrorCode;

  constructor(code: ReadModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
