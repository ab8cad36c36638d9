import { outcomeOf } from '@tributary/product';
import type { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { ExportedItem } from '@tributary/proto/gen/products/v1/writer.ts';
import type { CommandOutcome, ProductState } from '../product/read-model/read-model.ts';
import { changed, present, rejected, tombstone } from './events.ts';

/** What a writer knows and exports: every change is committed here first, then published. */
export interface WriteSide {
  readonly states: ReadonlyMap<string, ProductState>;
  readonly outcomes: ReadonlyMap<string, CommandOutcome>;
  /** Makes a product, or changes it. */
  change(id?: string): Promise<string>;
  delete(id: string): Promise<void>;
  refuse(): Promise<void>;
  /** As the writer exports it: products by id, then outcomes by theirs. */
  items(): ExportedItem[];
}

export function createWriteSide(publish: (events: readonly ProductEvent[]) => Promise<unknown>): WriteSide {
  const states = new Map<string, ProductState>();
  const outcomes = new Map<string, CommandOutcome>();

  async function commit(event: ProductEvent): Promise<void> {
    const decided = { ...event, occurredAtMs: BigInt(Date.now()) };
    outcomes.set(event.commandId, { status: outcomeOf(decided), decidedAtMs: Number(decided.occurredAtMs) });
    await publish([decided]);
  }

  function next(id: string | undefined): Partial<ProductState['product']> {
    const version = (states.get(id ?? '')?.product.version ?? 0n) + 1n;
    return { ...(id !== undefined && { id }), version, name: `Kettle ${version}`, price: `${version}.5` };
  }

  return {
    states,
    outcomes,
    async change(id) {
      const state = present(next(id));
      states.set(state.product.id, state);
      await commit(changed(state));
      return state.product.id;
    },
    async delete(id) {
      const state = tombstone(next(id));
      states.set(id, state);
      await commit(changed(state));
    },
    refuse: () => commit(rejected()),
    items() {
      const products = byId([...states]).map(
        ([, { product, deleted }]): ExportedItem => ({
          item: { $case: deleted ? 'tombstone' : 'product', value: product },
        }),
      );
      const decided = byId([...outcomes]).map(
        ([, { status, decidedAtMs }]): ExportedItem => ({
          item: { $case: 'outcome', value: { status, decidedAtMs: BigInt(decidedAtMs) } },
        }),
      );
      return [...products, ...decided];
    },
  };
}

function byId<T>(entries: [string, T][]): [string, T][] {
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}
