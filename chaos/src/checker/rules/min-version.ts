import { entriesOfProduct, type Facts } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** A read with a version never answers something older: neither an older state, nor nothing unless the product was deleted at it or later. */
export function minVersion({ reads, products, history }: Facts): Finding[] {
  return reads.flatMap(({ entry, productId, minVersion, product }) => {
    if (minVersion === null) return [];
    const stored = products.get(productId);
    const isOlder =
      product === null
        ? !(stored?.deleted && stored.version >= minVersion)
        : product.version !== null && product.version < minVersion;
    if (!isOlder) return [];
    const answered = product === null ? 'nothing' : `version ${product.version}`;
    const message = `a read of at least version ${minVersion} (#${entry.n}) was answered with ${answered}`;
    return [finding(productId, message, { entries: entriesOfProduct(history, productId), records: [stored] })];
  });
}
