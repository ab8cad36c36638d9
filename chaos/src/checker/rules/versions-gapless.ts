import type { EventRecord } from '../../evidence/evidence.ts';
import { entriesOfProduct, type Facts, groupBy, isProductEvent } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** Versions of a product have no gap: in the write model, and, once repeats are dropped, in the order of the events topic. */
export function versionsGapless(facts: Facts): Finding[] {
  return [...inTopic(facts), ...inWriteModel(facts)];
}

function inTopic({ evidence, history }: Facts): Finding[] {
  const byProduct = groupBy(evidence.events.filter(isProductEvent), ({ productId }) => productId);
  return [...byProduct].flatMap(([productId, events]) => {
    const wrong = firstWrong(events);
    return wrong === null
      ? []
      : [finding(productId, wrong, { entries: entriesOfProduct(history, productId), records: events })];
  });
}

function firstWrong(events: readonly EventRecord[]): string | null {
  const seen = new Map<number, string>();
  let highest = 0;
  for (const { version, eventId, partition, offset } of events) {
    const where = `at ${partition}/${offset}`;
    if (partition !== events[0]!.partition) return `its events lie in several partitions`;
    if (version <= highest) {
      if (seen.get(version) !== eventId) return `two different events have the version ${version}, one ${where}`;
      continue;
    }
    if (version !== highest + 1) return `version ${version} follows version ${highest} ${where}`;
    highest = version;
    seen.set(version, eventId);
  }
  return null;
}

function inWriteModel({ evidence, history }: Facts): Finding[] {
  const committed = groupBy(
    evidence.inbox.filter(({ outcome }) => outcome.state === 'COMMITTED'),
    ({ outcome }) => outcome.productId,
  );
  return evidence.products.flatMap(({ id, version }) => {
    const rows = committed.get(id) ?? [];
    const versions = new Set(rows.map(({ outcome }) => outcome.version));
    const wanted = Array.from({ length: version }, (_, n) => n + 1);
    const missing = wanted.filter((one) => !versions.has(one));
    const beyond = [...versions].filter((one) => one === null || one > version);
    if (missing.length === 0 && beyond.length === 0) return [];
    const message =
      missing.length > 0
        ? `has version ${version}, but no command made ${missing.join(', ')}`
        : `has version ${version}, but commands made ${beyond.join(', ')}`;
    return [finding(id, message, { entries: entriesOfProduct(history, id), records: rows })];
  });
}
