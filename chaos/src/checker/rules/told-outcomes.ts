import type { Outcome } from '../../evidence/evidence.ts';
import { type Facts, groupBy, type Telling } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** What clients were told of a command never contradicts, and is what the writer keeps. */
export function toldOutcomes({ tellings, outcomes }: Facts): Finding[] {
  return [...groupBy(tellings, ({ commandId }) => commandId)].flatMap(([commandId, ofCommand]) => {
    const kept = outcomes.get(commandId) ?? ofCommand.map(({ told }) => outcomeIn(told)).find((told) => told !== null);
    return ofCommand.flatMap(({ entry, told }) => {
      const shown = { entries: ofCommand.map((telling) => telling.entry), records: kept ? [kept] : [] };
      if (told.state === null)
        return [finding(commandId, `${entry.client} was told that there is no such command`, shown)];
      const outcome = outcomeIn(told);
      if (!kept || outcome === null || agrees(outcome, kept)) return [];
      return [finding(commandId, `${entry.client} was told another outcome than there is`, shown)];
    });
  });
}

function outcomeIn({ state, productId, version, rejection }: Telling['told']): Outcome | null {
  if (state !== 'COMMITTED' && state !== 'REJECTED') return null;
  return { state, productId, version, rejection: rejection?.code ?? null };
}

function agrees(told: Outcome, kept: Outcome): boolean {
  return (
    told.state === kept.state &&
    told.rejection === kept.rejection &&
    (told.version === null || told.version === kept.version) &&
    (told.productId === null || told.productId === kept.productId)
  );
}
