import type { Changes, CommandOutcome, ProductState } from './read-model.ts';

/** The changes with one state per product, the newest, and one outcome per command, the first. */
export function distinct({ products, outcomes }: Changes): Changes {
  return { products: newestStates(products), outcomes: firstOutcomes(outcomes) };
}

function newestStates(states: readonly ProductState[]): ProductState[] {
  const newest = new Map<string, ProductState>();
  for (const state of states) {
    const known = newest.get(state.product.id);
    if (!known || known.product.version < state.product.version) newest.set(state.product.id, state);
  }
  return [...newest.values()];
}

function firstOutcomes(outcomes: readonly CommandOutcome[]): CommandOutcome[] {
  const first = new Map<string, CommandOutcome>();
  for (const outcome of outcomes)
    if (!first.has(outcome.status.commandId)) first.set(outcome.status.commandId, outcome);
  return [...first.values()];
}
