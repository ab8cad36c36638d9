import type { Entry } from '../../history/entry.ts';
import { entriesOfProduct, type Facts, groupBy } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/**
 * A product that somebody has read is not missing afterwards, unless it may have been deleted: a read model that is lost
 * or being built refuses to answer.
 */
export function emptyAnswers({ reads, products, history }: Facts): Finding[] {
  const readsOf = groupBy(reads, ({ productId }) => productId);
  return [...readsOf].flatMap(([id, ofProduct]) => {
    const firstSeenMs = Math.min(
      ...ofProduct.filter(({ product }) => product !== null).map(({ entry }) => entry.answeredMs),
    );
    const missing = ofProduct.filter(
      ({ entry, product }) =>
        product === null &&
        entry.invokedMs > firstSeenMs &&
        !mayBeDeleted(history, id, products.get(id)?.deleted, entry),
    );
    if (missing.length === 0) return [];
    const message = `was read, and later not found by ${missing.map(({ entry }) => `#${entry.n}`).join(', ')}`;
    return [finding(id, message, { entries: entriesOfProduct(history, id) })];
  });
}

function mayBeDeleted(history: readonly Entry[], id: string, isDeleted: boolean | undefined, read: Entry): boolean {
  return (
    isDeleted === true &&
    history.some(
      ({ operation, invokedMs }) =>
        operation.kind === 'delete' && operation.productId === id && invokedMs < read.answeredMs,
    )
  );
}
