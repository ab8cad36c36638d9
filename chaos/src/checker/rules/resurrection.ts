import { entriesOfProduct, type Facts } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** What was deleted stays deleted: in the topic, in the write model, and for whoever reads at least the tombstone's version. */
export function resurrection({ changesOfProduct, products, reads, history }: Facts): Finding[] {
  return [...changesOfProduct].flatMap(([id, changes]) => {
    const tombstone = changes.find(({ kind }) => kind === 'deleted');
    if (!tombstone) return [];
    const later = changes.filter(({ version }) => version > tombstone.version);
    const stored = products.get(id);
    const seen = reads.filter(
      ({ productId, minVersion, product }) =>
        productId === id && product !== null && Math.max(minVersion ?? 0, product.version ?? 0) >= tombstone.version,
    );
    const found: Finding[] = [];
    if (later.length === 0 && seen.length === 0 && stored?.deleted !== false) return found;
    const entries = entriesOfProduct(history, id);
    if (later.length > 0)
      found.push(finding(id, 'changed after it was deleted', { entries, records: [tombstone, ...later] }));
    if (stored && !stored.deleted)
      found.push(finding(id, 'is there after it was deleted', { entries, records: [tombstone, stored] }));
    if (seen.length > 0) found.push(finding(id, 'was read after it was deleted', { entries, records: [tombstone] }));
    return found;
  });
}
