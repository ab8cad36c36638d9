import { entriesOfProduct, type Facts, isSameProduct } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** The state of each product in the write model is what its events come to, tombstones included. */
export function eventsFoldToState({ changesOfProduct, products, history }: Facts): Finding[] {
  const ids = new Set([...changesOfProduct.keys(), ...products.keys()]);
  return [...ids].flatMap((id) => {
    const stored = products.get(id);
    const last = changesOfProduct.get(id)?.at(-1)?.product;
    if (stored && last && isSameProduct(stored, last)) return [];
    const message = !stored
      ? 'has events and is not in the write model'
      : !last
        ? 'is in the write model and has no events'
        : 'differs between the write model and its last event';
    const records = [stored, last].filter((one) => one != null);
    return [finding(id, message, { entries: entriesOfProduct(history, id), records })];
  });
}
