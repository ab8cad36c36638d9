import type { SeenProduct } from '../../history/entry.ts';
import { entriesOfProduct, type Facts } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** Whatever is read was once committed, whole, under that version. */
export function readsCommitted({ reads, history, changesOfProduct }: Facts): Finding[] {
  const found = history.flatMap((entry) =>
    entry.answer.kind === 'found' ? entry.answer.products.map((product) => ({ entry, product })) : [],
  );
  const read = reads.flatMap(({ entry, product }) => (product ? [{ entry, product }] : []));
  return [...read, ...found].flatMap(({ entry, product }) => {
    const states = (changesOfProduct.get(product.id) ?? []).filter(
      ({ kind, version }) => kind !== 'deleted' && (product.version === null || version === product.version),
    );
    if (states.some((state) => state.product !== null && isSameContent(state.product, product))) return [];
    const message = `#${entry.n} read a state that was never committed`;
    const entries = entriesOfProduct(history, product.id);
    return [
      finding(product.id, message, { entries: entries.length > 0 ? entries : [entry], records: [product, ...states] }),
    ];
  });
}

function isSameContent(a: Omit<SeenProduct, 'version'>, b: SeenProduct): boolean {
  return a.name === b.name && a.description === b.description && a.price === b.price;
}
