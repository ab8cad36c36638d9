import type { Command } from '../command.ts';
import { sheet } from '../text.ts';

/** What `commands.show` of a writer resolves with. */
interface ShownCommand {
  commandId: string;
  state: 'COMMITTED' | 'REJECTED' | 'PENDING' | 'UNKNOWN';
  note: string | null;
  decided: { rejection: object | null } | null;
  waiting: { partition: number; offset: string; before: number } | null;
  deadLetter: { id: string; state: string; reason: string; replayId: string | null } | null;
}

export const commandCommands: readonly Command[] = [
  {
    name: 'commands show',
    args: 'ID',
    summary: 'what became of a command: outcome, caller, cause, or what it waits for',
    help: `COMMITTED and REJECTED are final. PENDING: it is in the topic and the writers have not come to it yet. UNKNOWN: there is no trace of
it. The writers remember commands for 7 days. One that broke a writer is REJECTED with INTERNAL and names its dead letter.`,
    arity: [1, 1],
    async run({ args: [id], call, width }) {
      const { deadLetter, ...command } = await call<ShownCommand>('commands.show', { id });
      const named = deadLetter && { ...deadLetter, id: `commands-${deadLetter.id}` };
      return { json: { ...command, deadLetter: named }, text: sheet(withoutAbsent(command, named), width) };
    },
  },
];

/** Only what there is to say. */
function withoutAbsent({ commandId, state, ...others }: Omit<ShownCommand, 'deadLetter'>, deadLetter: object | null) {
  const told = Object.entries({ ...others, deadLetter }).filter(([, value]) => value !== null);
  return { commandId, state, ...Object.fromEntries(told) };
}
