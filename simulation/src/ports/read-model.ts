import type { CommandStatus } from '@tributary/proto/gen/products/v1/command.ts';
import {
  type Changes,
  type ProductState,
  type ReadModel,
  ReadModelError,
} from '../../../workers/projector/src/product/read-model/read-model.ts';
import { type Calls, calm } from './calls.ts';

/** What projectors and readers ask of the read model while it stands. */
export type StandingReadModel = Pick<ReadModel, 'apply' | 'get' | 'outcome' | 'positions' | 'savePositions'>;

/** A read model in memory that is there, and stays. */
export interface MemoryReadModel {
  readonly products: ReadonlyMap<string, ProductState>;
  readonly outcomes: ReadonlyMap<string, CommandStatus>;
  readonly positions: ReadonlyMap<number, bigint>;
  connect(calls?: Calls): StandingReadModel;
}

export interface MemoryReadModelOptions {
  /** Whether a state takes the place of what stands. */
  isNewer?(state: ProductState, standing: ProductState): boolean;
  /** Told of each product that is stored, in place of what. */
  onStored?(state: ProductState, standing: ProductState | undefined): void;
}

export function createMemoryReadModel({
  isNewer = (state, standing) => state.product.version > standing.product.version,
  onStored = () => {},
}: MemoryReadModelOptions = {}): MemoryReadModel {
  const products = new Map<string, ProductState>();
  const outcomes = new Map<string, CommandStatus>();
  const positions = new Map<number, bigint>();

  function store(state: ProductState): boolean {
    const { id } = state.product;
    const standing = products.get(id);
    if (standing && !isNewer(state, standing)) return false;
    products.set(id, state);
    onStored(state, standing);
    return true;
  }

  function connect({ turn, mishap }: Calls = calm): StandingReadModel {
    /** One request: it may fail without effect, or with it. */
    async function request<T>(what: string, effect: () => T): Promise<T> {
      await turn(what);
      const fate = mishap(what);
      if (fate === 'fails') throw unavailable();
      const result = effect();
      if (fate === 'answer lost') throw unavailable();
      return result;
    }

    return {
      async apply({ products: states, outcomes: decided }: Changes) {
        const stored: ProductState[] = [];
        // Several requests, as with MongoDB: others see, and a crash leaves, what is between them.
        for (const state of states) if (await request(`store ${nameOf(state)}`, () => store(state))) stored.push(state);
        if (decided.length > 0)
          await request(`store ${decided.length} outcomes`, () => {
            for (const { status } of decided)
              if (!outcomes.has(status.commandId)) outcomes.set(status.commandId, status);
          });
        return stored;
      },
      get: (ids) =>
        request('load products', () => {
          const found = ids.map((id) => products.get(id)).filter((state) => state !== undefined);
          return new Map(found.map((state) => [state.product.id, state]));
        }),
      outcome: (commandId) => request('load outcome', () => outcomes.get(commandId) ?? null),
      positions: () => request('load positions', () => new Map(positions)),
      savePositions: (saved) =>
        request(`save positions ${[...saved].map(([partition, offset]) => `${partition}@${offset}`)}`, () => {
          for (const [partition, offset] of saved) positions.set(partition, offset);
        }),
    };
  }

  return { products, outcomes, positions, connect };
}

function nameOf({ product, deleted }: ProductState): string {
  return `${product.id.slice(-4)}@${product.version}${deleted ? ' deleted' : ''}`;
}

function unavailable(): ReadModelError {
  return new ReadModelError('UNAVAILABLE', 'the read model does not answer');
}
