import { type Cell, table } from '@tributary/service/terminal';
import type { Answer, Command, CommandContext } from '../command.ts';
import { sheet } from '../text.ts';

/** What of `read-model.status` of a projector is shown. */
export interface ReadModelStatus {
  generations: readonly {
    name: string;
    state: string;
    products: number;
    tombstones: number;
    outcomes: number;
    /** Events that it has not been given yet. */
    lag: number;
  }[];
}

export const readModelCommands: readonly Command[] = [
  {
    name: 'read-model status',
    args: '',
    summary: 'which generations there are, which one serves, how far they are',
    help: 'One serves; another that is kept has been given every event since, so that `read-model rollback` can go back to it.',
    arity: [0, 0],
    async run({ call, width }) {
      const status = await call<ReadModelStatus>('read-model.status');
      return { json: status, text: generationsText(status, width) };
    },
  },
  {
    name: 'read-model rebuild',
    args: '[--accept-differences]',
    summary: 'build it anew from the writer while the old one serves, then switch',
    help: `Exports every product from the writer into a new generation, applies the events since, compares the two, and only then lets the
new one serve. Reads go on all the while. The old generation is kept up to date, so that \`read-model rollback\` can go back
to it, until \`read-model drop\`. Ctrl-C gives the build up; nothing has changed then.

A new generation that differs from the old one does not serve (CHECK_FAILED), since one of them is wrong. Where it is the old one,
--accept-differences lets the new one serve.`,
    arity: [0, 0],
    flags: ['accept-differences'],
    dangerous: true,
    run: (context) =>
      show(
        context,
        'rebuild',
        'The read model will be built anew from the writer and, when it agrees, serve in place of the present one.',
      ),
  },
  {
    name: 'read-model verify',
    args: '',
    summary: 'compare it with the write model',
    help: 'Changes nothing, reads everything. The exit code is 1 when they differ.',
    arity: [0, 0],
    run: (context) => show(context, 'verify'),
  },
  {
    name: 'read-model rollback',
    args: '',
    summary: 'let the generation serve that served before',
    help: 'It has been kept up to date since. Undone by another rollback.',
    arity: [0, 0],
    dangerous: true,
    run: (context) => show(context, 'rollback', 'Reads will be answered from the generation that served before.'),
  },
  {
    name: 'read-model drop',
    args: '',
    summary: 'delete the generation that does not serve',
    help: 'There is no rollback to it then; a rebuild makes a new one.',
    arity: [0, 0],
    dangerous: true,
    run: (context) =>
      show(context, 'drop', 'The generation that does not serve will be deleted: there is no way back to it.'),
  },
];

async function show(
  { call, confirm, flags, width }: CommandContext,
  verb: string,
  consequence?: string,
): Promise<Answer> {
  if (consequence) await confirm(consequence);
  const acceptDifferences = flags['accept-differences'];
  const json = await call<{ agrees?: boolean }>(`read-model.${verb}`, acceptDifferences ? { acceptDifferences } : {});
  return { json, text: sheet(json, width), isWell: json?.agrees !== false || acceptDifferences };
}

export function generationsText({ generations }: ReadModelStatus, width: number | undefined): string {
  const head = ['generation', 'state', 'products', 'tombstones', 'outcomes', 'lag'];
  const rows = generations.map(({ name, state, products, tombstones, outcomes, lag }): Cell[] => [
    ...[name, state, products, tombstones, outcomes, lag],
  ]);
  return table({ head, rows, width });
}
