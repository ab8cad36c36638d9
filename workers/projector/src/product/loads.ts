import type { ProductState, ReadModel } from './read-model/read-model.ts';

/** A product as the read model has it; null when it was never there. */
export type Loaded = ProductState | null;

/**
 * Loads products from the read model, each by one query at a time however many ask: whoever asks while it is being loaded
 * waits for the next load, since the one under way may have begun before what the asker has already seen.
 */
export interface ProductLoads {
  load(ids: readonly string[]): Promise<Loaded[]>;
}

interface Loading {
  current: Promise<Loaded>;
  next: Promise<Loaded> | null;
}

export function createProductLoads(readModel: Pick<ReadModel, 'get'>): ProductLoads {
  const loading = new Map<string, Loading>();

  /** Begins one query for products that none is under way for. */
  function begin(ids: readonly string[]): Map<string, Promise<Loaded>> {
    const query = readModel.get(ids);
    return new Map(ids.map((id) => [id, watch(id, query)]));
  }

  function watch(id: string, query: Promise<ReadonlyMap<string, ProductState>>): Promise<Loaded> {
    const current = query.then((states) => states.get(id) ?? null).finally(() => loading.delete(id));
    loading.set(id, { current, next: null });
    return current;
  }

  function join(entry: Loading, id: string): Promise<Loaded> {
    const after = () => loading.get(id)?.current ?? (begin([id]).get(id) as Promise<Loaded>);
    entry.next ??= entry.current.then(after, after);
    return entry.next;
  }

  return {
    load(ids) {
      const idle = [...new Set(ids)].filter((id) => !loading.has(id));
      const joined = ids.map((id) => {
        const entry = loading.get(id);
        return entry ? join(entry, id) : null;
      });
      const begun = idle.length > 0 ? begin(idle) : new Map<string, Promise<Loaded>>();
      return Promise.all(ids.map((id, index) => joined[index] ?? (begun.get(id) as Promise<Loaded>)));
    },
  };
}
