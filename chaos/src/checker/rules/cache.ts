import { entriesOfProduct, type Facts, isSameProduct } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** When all is quiet, plain reads, which the cache answers, are as the write model. */
export function cache({ evidence, products, history }: Facts): Finding[] {
  return evidence.readModel.plain.flatMap((read) => {
    const stored = products.get(read.id);
    const { answer } = read;
    const isRight =
      typeof answer !== 'string' &&
      (answer === null ? stored?.deleted !== false : stored && !stored.deleted && isSameProduct(stored, answer));
    if (isRight) return [];
    const message = 'a plain read answers something else than the write model';
    return [finding(read.id, message, { entries: entriesOfProduct(history, read.id), records: [stored, read] })];
  });
}
