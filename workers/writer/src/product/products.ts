import type { WriteSession, WriteStore } from '../write-store.ts';
import type { ProductState } from './decider.ts';

/** A product to store, and the version that it had when it was read; 0 when it was absent. */
export interface ChangedProduct {
  state: ProductState;
  readVersion: bigint;
}

export type KnownProduct = Exclude<ProductState, { kind: 'absent' }>;

/** Products and the tombstones of deleted ones. */
export interface Products {
  /** Loads products and holds them until the transaction ends. Locked in the order of ids, so that two batches cannot deadlock. */
  lock(ids: readonly string[]): Promise<Map<string, ProductState>>;

  find(id: string): Promise<ProductState>;

  /** Products and tombstones after this id, in the order of ids. */
  list(afterId: string | null, limit: number): Promise<KnownProduct[]>;

  /**
   * Stores products that were absent or have still the version that was read.
   * @throws ConflictError, or a unique violation, when another writer was faster
   */
  save(changed: readonly ChangedProduct[]): Promise<void>;
}

export interface ProductSession extends WriteSession {
  readonly products: Products;
}

/** The write model of products. */
export type ProductWriteStore = WriteStore<ProductSession>;
