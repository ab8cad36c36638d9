import type { EventRecord, Outcome } from '../../evidence/evidence.ts';
import { type Facts, isSameOutcome } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** Every command of the inbox ends in exactly one event (which the topic may repeat) that tells its outcome, and no other command does. */
export function oneEventPerCommand({ evidence, eventsOfCommand, outcomes }: Facts): Finding[] {
  const handled = evidence.inbox.flatMap((row) => {
    const events = eventsOfCommand.get(row.commandId) ?? [];
    const records = [row, ...events];
    const [event] = events;
    if (!event) return [finding(row.commandId, 'was handled and has no event', { records })];
    if (events.length > 1) return [finding(row.commandId, `has ${events.length} events`, { records })];
    if (isSameOutcome(outcomeOf(event), row.outcome)) return [];
    return [finding(row.commandId, 'its event tells another outcome than the inbox', { records })];
  });
  const unknown = [...eventsOfCommand].filter(([commandId]) => !outcomes.has(commandId));
  return [
    ...handled,
    ...unknown.map(([commandId, records]) => finding(commandId, 'has an event and was never handled', { records })),
  ];
}

function outcomeOf({ productId, version, rejection }: EventRecord): Outcome {
  const id = productId === '' ? null : productId;
  return rejection === null
    ? { state: 'COMMITTED', productId: id, version, rejection: null }
    : { state: 'REJECTED', productId: id, version: null, rejection };
}
