import { type Facts, isProductEvent } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** A change that expects version v makes v+1 or nothing, and is refused for no version but another one. */
export function expectedVersion({ commands, eventsOfCommand, tellings }: Facts): Finding[] {
  const ignored = [...commands.values()].flatMap((command) => {
    const expected = command.expectedVersion;
    if (expected === null) return [];
    return (eventsOfCommand.get(command.commandId) ?? []).flatMap((event) => {
      const isUnchanged = event.kind === 'completed' && event.rejection === null && event.originalCommandId === null;
      const wanted = isProductEvent(event) ? expected + 1 : isUnchanged ? expected : event.version;
      if (event.version === wanted) return [];
      const entries = tellings.filter(({ commandId }) => commandId === command.commandId).map(({ entry }) => entry);
      const message = `expected version ${expected} and was committed as version ${event.version}`;
      return [finding(command.commandId, message, { entries, records: [command, event] })];
    });
  });
  const mistaken = tellings.flatMap(({ entry, told, commandId }) => {
    const expected = 'expectedVersion' in entry.operation ? entry.operation.expectedVersion : null;
    if (told.rejection?.code !== 'VERSION_CONFLICT' || told.rejection.currentVersion !== expected) return [];
    return [
      finding(commandId ?? String(entry.n), `was refused although ${expected} is the version`, { entries: [entry] }),
    ];
  });
  return [...ignored, ...mistaken];
}
