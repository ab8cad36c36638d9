import type { ProductState } from './read-model/read-model.ts';

/**
 * Tells the reads of this process what its projector has stored. Only a shortcut: the change that a read waits for may be
 * projected by another process, so whoever waits here looks into the read model too.
 */
export interface ProductChanges {
  publish(states: readonly ProductState[]): void;
  /** Calls back with each newer state of a product, until the answer is called. */
  watch(id: string, onState: (state: ProductState) => void): () => void;
}

export function createProductChanges(): ProductChanges {
  const watchers = new Map<string, Set<(state: ProductState) => void>>();
  return {
    publish(states) {
      if (watchers.size === 0) return;
      for (const state of states) for (const onState of watchers.get(state.product.id) ?? []) onState(state);
    },
    watch(id, onState) {
      const ofId = watchers.get(id) ?? new Set();
      watchers.set(id, ofId.add(onState));
      return () => {
        ofId.delete(onState);
        if (ofId.size === 0 && watchers.get(id) === ofId) watchers.delete(id);
      };
    },
  };
}
