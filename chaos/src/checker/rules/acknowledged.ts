import { isChange } from '../../history/entry.ts';
import type { Facts } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** Every command whose id was returned without an error, PENDING included, and every one in the log, reaches an outcome. */
export function acknowledged({ tellings, commands, commandsOfMark, outcomes, triesOfMark }: Facts): Finding[] {
  const lost = tellings.flatMap(({ entry, commandId }) => {
    if (!isChange(entry.operation)) return [];
    if (commandId === null)
      return commandsOfMark.has(entry.operation.mark)
        ? []
        : [finding(entry.operation.mark, 'was acknowledged and is not in the commands topic', { entries: [entry] })];
    if (outcomes.has(commandId)) return [];
    const command = commands.get(commandId);
    const message = command
      ? 'was acknowledged and has no outcome'
      : 'was acknowledged, has no outcome, and is not in the commands topic';
    return [finding(commandId, message, { entries: [entry], records: command ? [command] : [] })];
  });
  const told = new Set(lost.map(({ subject }) => subject));
  const unfinished = [...commands.values()].filter(({ commandId }) => !outcomes.has(commandId) && !told.has(commandId));
  const tries = [...triesOfMark.values()].flat();
  return [
    ...lost,
    ...unfinished.map((command) =>
      finding(command.commandId, 'is in the commands topic and has no outcome', {
        records: [command],
        entries: tries.filter(({ answer }) => 'commandId' in answer && answer.commandId === command.commandId),
      }),
    ),
  ];
}
