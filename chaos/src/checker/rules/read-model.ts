import { entriesOfProduct, type Facts, isSameOutcome, isSameProduct } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** The read model is the write model: products, tombstones and outcomes. */
export function readModel(facts: Facts): Finding[] {
  return [...inSearch(facts), ...byVersion(facts), ...ofCommands(facts)];
}

function inSearch({ evidence, products, history }: Facts): Finding[] {
  const found = new Map(evidence.readModel.present.map((product) => [product.id, product]));
  const ids = new Set([...found.keys(), ...products.keys()]);
  const twice = evidence.readModel.present.length - found.size;
  const differing = [...ids].flatMap((id) => {
    const [stored, seen] = [products.get(id), found.get(id)];
    if (stored && !stored.deleted && seen && isSameProduct(stored, seen)) return [];
    if (stored?.deleted && !seen) return [];
    const message = !stored
      ? 'is found and not in the write model'
      : stored.deleted
        ? 'is found and was deleted'
        : !seen
          ? 'is not found'
          : 'is found with another state than in the write model';
    const records = [stored, seen].filter((one) => one !== undefined);
    return [finding(id, message, { entries: entriesOfProduct(history, id), records })];
  });
  return twice === 0 ? differing : [...differing, finding('search', `finds ${twice} products twice`)];
}

function byVersion({ evidence, products, history }: Facts): Finding[] {
  return evidence.readModel.atVersion.flatMap((read) => {
    const stored = products.get(read.id);
    const { answer } = read;
    const isRight =
      typeof answer !== 'string' &&
      (answer === null ? stored?.deleted === true : stored && !stored.deleted && isSameProduct(stored, answer));
    if (isRight) return [];
    const message = `a read of version ${read.minVersion} answers something else than the write model`;
    return [finding(read.id, message, { entries: entriesOfProduct(history, read.id), records: [stored, read] })];
  });
}

function ofCommands({ evidence, outcomes, history }: Facts): Finding[] {
  const answers = new Map(evidence.readModel.outcomes.map(({ commandId, answer }) => [commandId, answer]));
  return [...outcomes].flatMap(([commandId, outcome]) => {
    const answer = answers.get(commandId);
    if (answer != null && answer !== 'PENDING' && isSameOutcome(outcome, answer)) return [];
    const entries = history.filter((entry) => 'commandId' in entry.answer && entry.answer.commandId === commandId);
    const records = [outcome, answer ?? null];
    return [finding(commandId, 'the read model tells another outcome than the inbox', { entries, records })];
  });
}
