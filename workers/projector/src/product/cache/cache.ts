import type { ProductState } from '../read-model/read-model.ts';

/**
 * The product cache in front of the read model, shared by all readers and projectors. It may forget anything at any time,
 * but it never holds a version older than what the read model has for longer than one write to it takes.
 *
 * An entry comes into being in one way only: a reader fills it with the lease that it got on its miss, with what it has read
 * since. Whatever is written or forgotten meanwhile ends the lease. A write replaces an older entry and makes none, so it may
 * come as late as it likes: it finds no entry, or a newer one. docs/adr/0006-only-a-leased-reader-makes-a-cache-entry.md says why.
 */
export interface ProductCache {
  /** Looks a product up. Never rejects: a cache that does not answer within some milliseconds is a miss without a lease. */
  get(id: string): Promise<CacheAnswer>;

  /**
   * Makes an entry after a miss, if its lease still stands. Never rejects.
   * @param state as the read model had it at some moment after the miss
   * @returns whether it is known to be filled
   */
  fill(id: string, state: ProductState, lease: string): Promise<boolean>;

  /**
   * Replaces entries that are older, which live no longer by that, and ends the leases of ids without one.
   * @returns the ids that could not be written: until they are, or an entry's time is over, the cache may hold older states
   */
  put(states: readonly ProductState[]): Promise<readonly string[]>;

  /**
   * Forgets every entry and ends every lease: the read model is built anew, and what changed meanwhile is put by nobody.
   * @returns whether it did; a cache that does not answer has not
   */
  clear(): Promise<boolean>;

  /** How long an entry may live after it was filled, in milliseconds. */
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
