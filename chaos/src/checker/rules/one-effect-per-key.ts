import type { CommandRecord } from '../../evidence/evidence.ts';
import { type Facts, groupBy, isProductEvent, isSameOutcome } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** The commands of one caller under one key change something once; all with the same content have that outcome, others are refused. */
export function oneEffectPerKey(facts: Facts): Finding[] {
  const groups = groupBy([...facts.commands.values()], ({ caller, key }) =>
    key === null ? null : JSON.stringify([caller, key]),
  );
  return [...groups].flatMap(([subject, commands]) => {
    const mistaken = findingIn(facts, commands);
    if (mistaken === null) return [];
    const entries = facts.history.filter(
      ({ operation }) => 'key' in operation && operation.key !== null && operation.key === commands[0]!.key,
    );
    const records = commands.flatMap((command) => [command, ...(facts.eventsOfCommand.get(command.commandId) ?? [])]);
    return [finding(subject, mistaken, { entries, records })];
  });
}

function findingIn({ eventsOfCommand, outcomes, holders }: Facts, commands: readonly CommandRecord[]): string | null {
  const effects = commands.filter(({ commandId }) => eventsOfCommand.get(commandId)?.some(isProductEvent));
  if (effects.length > 1) return `${effects.length} commands of the key took effect`;
  const first = commands.find(({ commandId }) => holders.has(commandId));
  const outcome = first && outcomes.get(first.commandId);
  if (!first || !outcome) return null;
  for (const command of commands) {
    const repeated = outcomes.get(command.commandId);
    if (!repeated || command === first) continue;
    if (isSameContent(command, first)) {
      if (!isSameOutcome(repeated, outcome)) return 'the repeat of a command has another outcome than the first';
    } else if (repeated.rejection !== 'IDEMPOTENCY_KEY_REUSED')
      return 'a command with another content was not refused with IDEMPOTENCY_KEY_REUSED';
  }
  return null;
}

function isSameContent(a: CommandRecord, b: CommandRecord): boolean {
  return (
    a.kind === b.kind &&
    a.productId === b.productId &&
    a.expectedVersion === b.expectedVersion &&
    a.name === b.name &&
    a.description === b.description &&
    a.price === b.price
  );
}
