import type { DeadLetterView } from '@tributary/event-log/operations';
import { table } from '@tributary/service/terminal';
import type { Answer, Command, CommandContext } from '../command.ts';
import { exitCodes, OpsError, usageError } from '../problem.ts';
import { ageText, sheet } from '../text.ts';

/** What can die: each kind has its own topic, and processes that see to it. */
export const kinds = ['commands', 'events'] as const;
export type Kind = (typeof kinds)[number];

/** A dead letter under an id that says its kind too: `commands-0-17`. */
export type KnownDeadLetter = DeadLetterView & { kind: Kind };

const IDS = 'ID is as `dead-letters list` shows it, such as commands-0-17.';

export const deadLetterCommands: readonly Command[] = [
  {
    name: 'dead-letters list',
    args: '[--all]',
    summary: 'records that could not be handled, newest last',
    help: 'Commands that no writer and events that no projector could handle. --all shows those too that were replayed or dropped.',
    arity: [0, 0],
    flags: ['all'],
    async run(context) {
      const deadLetters = await listDeadLetters(context, context.flags.all);
      return { json: { deadLetters }, text: listText(deadLetters, context.width) };
    },
  },
  {
    name: 'dead-letters show',
    args: 'ID',
    summary: 'one of them, with what it says and why it died',
    help: `${IDS} Bytes that cannot be read are shown in base64.`,
    arity: [1, 1],
    async run({ args: [given = ''], call, width }) {
      const { kind, id } = readId(given);
      const { valueBase64, content, ...letter } = await call<
        DeadLetterView & { valueBase64: string; content: unknown }
      >(`${kind}.dead-letters.show`, { id });
      const json = { kind, ...letter, id: given, content, valueBase64 };
      const shown = content === null ? { valueBase64 } : { content };
      return { json, text: sheet({ ...letter, id: given, ...shown }, width) };
    },
  },
  {
    name: 'dead-letters replay',
    args: 'ID … | --all',
    summary: 'handle them once more',
    help: `${IDS}

A command is published as a new command, with an id of its own that names the dead one as its cause, and with the same caller and
idempotency key: what the dead one came to (INTERNAL) stands for ever. An event is published as it was; whoever has seen it or a
newer one drops it. One that cannot be handled dies again, under another id. Safe to repeat when it was interrupted: it
takes effect once. What holds nothing that can be read cannot be replayed.`,
    arity: [0, 1_000],
    flags: ['all'],
    dangerous: true,
    run: (context) => each('replay', context, (what) => `${what} will be published again, and take effect.`),
  },
  {
    name: 'dead-letters drop',
    args: 'ID … | --all',
    summary: 'take them off the list for good',
    help: `${IDS}

They are not deleted: \`dead-letters list --all\` and \`show\` have them as long as the topic keeps them (30 days), but they can no
longer be replayed.`,
    arity: [0, 1_000],
    flags: ['all'],
    dangerous: true,
    run: (context) => each('drop', context, (what) => `${what} will never be handled.`),
  },
];

/** Those of both kinds, newest last. */
export async function listDeadLetters(
  { call }: Pick<CommandContext, 'call'>,
  all: boolean,
): Promise<KnownDeadLetter[]> {
  const lists = await Promise.all(
    kinds.map(async (kind) => {
      const { deadLetters } = await call<{ deadLetters: DeadLetterView[] }>(`${kind}.dead-letters.list`, { all });
      return deadLetters.map((letter) => ({ kind, ...letter, id: `${kind}-${letter.id}` }));
    }),
  );
  return lists.flat().sort((a, b) => a.diedAt.localeCompare(b.diedAt));
}

function listText(letters: readonly KnownDeadLetter[], width: number | undefined): string {
  if (letters.length === 0) return 'There are no dead letters.\n';
  const rows = letters.map(({ id, state, diedAt, code, reason, key, origin, repeats }) => [
    id,
    state,
    `${ageText(Math.max(0, Date.now() - Date.parse(diedAt)))} ago`,
    code,
    `${origin.topic} ${origin.partition}/${origin.offset}`,
    key,
    repeats === 0 ? reason : `${reason} (kept ${repeats + 1} times)`,
  ]);
  return table({ head: ['id', 'state', 'died', 'code', 'origin', 'key', 'reason'], rows, width });
}

interface Settled {
  id: string;
  state: string;
  /** Under which id it was replayed. */
  replayId: string | null;
  error: { code: string; message: string } | null;
}

async function each(
  verb: 'replay' | 'drop',
  context: CommandContext,
  consequence: (what: string) => string,
): Promise<Answer> {
  const { args, flags, call, confirm, by, width } = context;
  if (flags.all === args.length > 0) throw usageError(`dead-letters ${verb} takes an ID, or several, or --all`);
  const ids = flags.all ? (await listDeadLetters(context, false)).map(({ id }) => id) : args;
  const letters = ids.map((given) => ({ given, ...readId(given) }));
  if (letters.length === 0) return { json: { deadLetters: [] }, text: 'There are no dead letters.\n' };
  await confirm(consequence(letters.length === 1 ? `Dead letter ${ids[0]}` : `${letters.length} dead letters`));

  const settled: Settled[] = [];
  for (const { given, kind, id } of letters) {
    try {
      const letter = await call<DeadLetterView>(`${kind}.dead-letters.${verb}`, { id, by });
      const { state, resolution } = letter;
      settled.push({ id: given, state, replayId: resolution?.replayId ?? null, error: null });
    } catch (error) {
      // The others may go well; where nobody answers they will not.
      if (!(error instanceof OpsError) || error.exitCode !== exitCodes.notWell) throw error;
      const { code, message } = error;
      settled.push({ id: given, state: 'refused', replayId: null, error: { code, message } });
    }
  }
  return {
    json: { deadLetters: settled },
    text: table({ rows: settled.map(settledRow), width }),
    isWell: settled.every(({ error }) => error === null),
  };
}

function settledRow({ id, state, replayId, error }: Settled): string[] {
  if (error) return [id, error.code, error.message];
  return [id, state, id.startsWith('commands') && replayId !== null ? `as command ${replayId}` : ''];
}

/** @throws OpsError `USAGE` */
function readId(given: string): { kind: Kind; id: string } {
  const [, kind, id] = /^(commands|events)-(\d+-\d+)$/.exec(given) ?? [];
  if (!kind || !id) throw usageError(`${given} is no id of a dead letter, such as commands-0-17`);
  return { kind: kind as Kind, id };
}
