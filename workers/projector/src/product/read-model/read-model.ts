import type { Search } from '@tributary/product';
import type { CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import type { Product } from '@tributary/proto/gen/products/v1/product.ts';

/**
 * The read model: every product at its newest version, tombstones of deleted ones, the outcomes of commands, and the
 * positions in the events topic that all of it stands at. Many processes may write it at once.
 *
 * It lies in generations. One serves: all reads are answered from it. Others may be maintained beside it, to which every
 * change is applied too, so that serving can be switched to them. docs/adr/0005 says why no reader sees that.
 */
export interface ReadModel {
  /**
   * Applies changes. A product is stored only if its version is newer than what is there, and before any outcome, so that
   * whoever sees a command COMMITTED can read its product. Repeats do no harm. Of several versions of a product only the
   * newest is stored, of several outcomes of a command only the first.
   *
   * They are applied to every maintained generation, to the one that serves last: whatever can be read is in the others too.
   * @param range the records that they come from. The positions of the other generations move past them at once, those that
   * stand within them; those that stand before them do not, since they lack what lies between
   * @returns the products that were stored; the others were there already or are older. What an attempt stored that then
   * failed is there already for the next
   * @throws ReadModelError `NOT_BUILT` when there is no read model to apply them to; `UNAVAILABLE`
   */
  apply(changes: Changes, range?: AppliedRange): Promise<readonly ProductState[]>;

  /** The newest states of products, tombstones included; a product that was never there is absent. */
  get(ids: readonly string[]): Promise<ReadonlyMap<string, ProductState>>;

  /** A page of the products that a search finds: by rank, then the newest, then by id, descending. */
  search(request: SearchRequest): Promise<SearchPage>;

  /** The outcome of a command; null when none is known. */
  outcome(commandId: string): Promise<CommandStatus | null>;

  /** The next offset to read per partition, of the generation that serves; null when the read model has not been built. */
  positions(): Promise<ReadonlyMap<number, bigint> | null>;

  /**
   * Stores the next offset of partitions for the generation that serves, after what they stand for has been applied, here and in the cache.
   * @throws ReadModelError `NOT_BUILT`, `UNAVAILABLE`
   */
  savePositions(positions: ReadonlyMap<number, bigint>): Promise<void>;

  /**
   * Begins a build, unless another process is at it or it has been built. The build must be renewed (by adding to it) at
   * least every `leaseMs`, else another process may begin anew.
   */
  beginBuild(leaseMs: number): Promise<Build | null>;

  /** The generations; null when the read model has not been built. */
  generations(): Promise<Generations | null>;

  /** Reads of one generation, whether it serves or not, for whoever compares generations. */
  generation(name: string): GenerationReads;

  /**
   * Takes the right to change the generations of a read model that has been built, unless another process has it or builds.
   * It must be renewed at least every `leaseMs`.
   * @throws ReadModelError `NOT_BUILT`, `UNAVAILABLE`
   */
  takeLease(leaseMs: number): Promise<GenerationsLease | null>;

  /** Removes outcomes that are older, at most `limit` of them from each maintained generation; tells how many at most it removed from one. */
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

/** The records of a partition from an offset on up to another, which is not among them. */
export interface AppliedRange {
  partition: number;
  firstOffset: bigint;
  nextOffset: bigint;
}

export interface Generations {
  /** The name of the generation that serves. */
  serving: string;
  /** How often serving was switched from one generation to another. */
  switches: number;
  /** The next offset to read per partition of each maintained generation, the one that serves among them. */
  maintained: ReadonlyMap<string, ReadonlyMap<number, bigint>>;
  /** Those of them that have never served: they are being built, or were left so by a process that died. */
  unproven: ReadonlySet<string>;
  /** Whether a process has the right to change them now. */
  isLeased: boolean;
}

export interface GenerationReads {
  /** Products and tombstones in the order of their ids, from behind an id on. */
  products(afterId: string | null, limit: number): Promise<ProductState[]>;
  /** Outcomes in the order of their commands' ids, from behind an id on. */
  outcomes(afterId: string | null, limit: number): Promise<CommandOutcome[]>;
  productsOf(ids: readonly string[]): Promise<ReadonlyMap<string, ProductState>>;
  outcomesOf(commandIds: readonly string[]): Promise<ReadonlyMap<string, CommandOutcome>>;
  count(): Promise<Counts>;
}

/** How many items a generation holds. */
export interface Counts {
  products: number;
  tombstones: number;
  outcomes: number;
}

/**
 * The right to change the generations. Every method rejects with `LEASE_LOST` when it is over, `release` excepted.
 */
export interface GenerationsLease {
  renew(): Promise<void>;
  /** Begins an empty generation, which only the holder fills; tells its name. One at a time. */
  create(): Promise<string>;
  /** Adds what the write side exported to a generation that is being filled. Renews the lease. */
  fill(generation: string, changes: Changes): Promise<void>;
  /** From now on every change is applied to a filled generation, whose next offsets to read are these. */
  maintain(generation: string, positions: ReadonlyMap<number, bigint>): Promise<void>;
  /** Applies what records come to, to one maintained generation that does not serve, and moves its position past them as `ReadModel.apply`. */
  apply(generation: string, changes: Changes, range: AppliedRange): Promise<void>;
  /**
   * Has a maintained generation serve, in one step.
   * @param atLeast the positions that it must have reached
   * @throws ReadModelError `NOT_MAINTAINED`, `GENERATION_BEHIND`
   */
  serve(generation: string, atLeast: ReadonlyMap<number, bigint>): Promise<void>;
  /**
   * Drops a generation that does not serve.
   * @throws ReadModelError `GENERATION_SERVES`
   */
  drop(generation: string): Promise<void>;
  /** Gives the right up; a generation that is being filled is dropped. */
  release(): Promise<void>;
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

export type ReadModelErrorCode =
  | 'NOT_BUILT'
  | 'UNAVAILABLE'
  | 'BUILD_LOST'
  | 'LEASE_LOST'
  | 'NOT_MAINTAINED'
  | 'GENERATION_BEHIND'
  | 'GENERATION_SERVES';

export class ReadModelError extends Error {
  override readonly name = 'ReadModelError';
  readonly code: ReadModelErrorCode;

  constructor(code: ReadModelErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
