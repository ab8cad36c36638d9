import type { ProductState } from '../read-model/read-model.ts';

/**
 * The product cache in front of the read model, shared by all readers and projectors. It may forget anything at any time,
 * but it never holds a version older than what the read model has for longer than one write to it takes:
 * writes are guarded by the version, and a reader may fill an entry only with the lease that it got on its miss, which any
 * write or eviction of that entry ends.
 */
export interface ProductCache {
  /** Looks a product up. Never rejects: a cache that does not answer within some milliseconds is a miss without a lease. */
  get(id: string): Promise<CacheAnswer>;

  /** Fills an entry after a miss, if its lease still stands. Never rejects. */
  fill(id: string, state: ProductState, lease: string): Promise<void>;

  /**
   * Stores states that are newer than what is cached and ends the leases of their ids.
   * @returns the ids that could not be written: until they are, or an entry's time is over, the cache may hold older states
   */
  put(states: readonly ProductState[]): Promise<readonly string[]>;

  /**
   * Forgets every entry and ends every lease: the read model is built anew, and what changed meanwhile is put by nobody.
   * @returns whether it did; a cache that does not answer has not
   */
  clear(): Promise<boolean>;

  /** How long an entry may live, in milliseconds. */
  readonly ttlMs: number;

  /** Null when it works; otherwise why reads go past it, in words for an operator. */
  trouble(): string | null;

  close(): Promise<void>;
}

export type CacheAnswer =
  /** `state` may be a tombstone. */
  | { kind: 'hit'; state: ProductState }
  /** The caller may fill it with this lease; null when someone else holds it or (`isAway`) the cache does not answer. */
  | { kind: 'miss'; lease: string | null; isAway?: true };
