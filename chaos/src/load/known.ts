import type { Entry, SeenProduct } from '../history/entry.ts';

/** The highest version of each product that one client knows to be committed: what it sends as `minVersion`. */
export interface Known {
  learn(entry: Entry): void;
  /** 0 when it knows none. */
  version(productId: string): number;
}

export function createKnown(): Known {
  const versions = new Map<string, number>();
  function raise(id: string | null, version: number | null): void {
    if (id !== null && version !== null && version > (versions.get(id) ?? 0)) versions.set(id, version);
  }
  return {
    learn: ({ answer }) => {
      if (answer.kind === 'told') raise(answer.productId, answer.version);
      for (const product of productsIn(answer)) raise(product.id, product.version);
    },
    version: (id) => versions.get(id) ?? 0,
  };
}

function productsIn(answer: Entry['answer']): readonly SeenProduct[] {
  if (answer.kind === 'found') return answer.products;
  const product = answer.kind === 'product' || answer.kind === 'told' ? answer.product : null;
  return product ? [product] : [];
}
