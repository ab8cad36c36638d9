import { type Cell, table } from '@tributary/service/terminal';
import type { Command } from '../command.ts';
import { durationText, sheet } from '../text.ts';

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

/** What of `read-model.rebuild` and `read-model.verify` is shown. */
interface Compared {
  /** The new generation, and the one that it is compared with. */
  generation: string;
  previous: string;
  exported: { products: number; outcomes: number; fillingMs: number; perSecond: number };
  products: Sides;
  tombstones: Sides;
  outcomes: Sides;
  agrees: boolean;
  differing: number;
  examples: readonly unknown[];
}

/** `left` of the generation that served, `right` of the new one. */
type Sides = Readonly<Record<'left' | 'right', { count: number; checksum: string }>>;

export const readModelCommands: readonly Command[] = [
  {
    name: 'read-model status',
    args: '',
    summary: 'which generations there are, which one serves, how far they are',
    help: 'One serves; another that is kept has been given every event since, so that `read-model rollback` can go back to it.',
    arity: [0, 0],
    async run({ call, width }) {
      const json = await call<ReadModelStatus>('read-model.status');
      return { json, text: generationsText(json, width) };
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
    async run({ call, confirm, flags, width }) {
      const acceptDifferences = flags['accept-differences'];
      const unless = acceptDifferences ? '' : ' when it agrees with the present one';
      await confirm(`The read model will be built anew from the writer, and serve${unless}.`);
      const json = await call<Compared>('read-model.rebuild', { acceptDifferences });
      const { generation, previous } = json;
      const switched = `Generation ${generation} serves now; ${previous} is kept: read-model rollback goes back to it.\n`;
      return { json, text: comparedText(json, width) + switched };
    },
  },
  {
    name: 'read-model verify',
    args: '',
    summary: 'compare it with the write model',
    help: 'Builds a generation as a rebuild does, compares it with the one that serves, and drops it. Exit code 1 when they differ.',
    arity: [0, 0],
    async run({ call, width }) {
      const json = await call<Compared>('read-model.verify');
      return { json, text: comparedText(json, width), isWell: json.agrees };
    },
  },
  {
    name: 'read-model rollback',
    args: '',
    summary: 'let the generation serve that served before',
    help: 'It has been kept up to date since. Undone by another rollback.',
    arity: [0, 0],
    dangerous: true,
    async run({ call, confirm }) {
      await confirm('Reads will be answered from the generation that served before.');
      const json = await call<{ generation: string; previous: string }>('read-model.rollback');
      return { json, text: `Generation ${json.generation} serves now in place of ${json.previous}.\n` };
    },
  },
  {
    name: 'read-model drop',
    args: '',
    summary: 'delete the generations that do not serve',
    help: 'There is no rollback to them then; a rebuild makes a new one.',
    arity: [0, 0],
    dangerous: true,
    async run({ call, confirm }) {
      await confirm('The generations that do not serve will be deleted: there is no way back to them.');
      const json = await call<{ dropped: readonly string[] }>('read-model.drop');
      const { dropped } = json;
      return { json, text: dropped.length === 0 ? 'There was none.\n' : `Dropped: ${dropped.join(', ')}.\n` };
    },
  },
];

export function generationsText({ generations }: ReadModelStatus, width: number | undefined): string {
  const head = ['generation', 'state', 'products', 'tombstones', 'outcomes', 'lag'];
  const rows = generations.map(({ name, state, products, tombstones, outcomes, lag }): Cell[] => [
    ...[name, state, products, tombstones, outcomes, lag],
  ]);
  return table({ head, rows, width });
}

function comparedText(compared: Compared, width: number | undefined): string {
  const { generation, previous, exported, agrees, differing, examples } = compared;
  const rows = (['products', 'tombstones', 'outcomes'] as const).map((what): Cell[] => {
    const { left, right } = compared[what];
    return [what, left.count, right.count, left.checksum === right.checksum ? 'the same' : 'not the same'];
  });
  const { products, outcomes, fillingMs, perSecond } = exported;
  return [
    table({ head: ['', `generation ${previous}`, `generation ${generation}`, 'checksum'], rows, width }),
    `\nExported ${count(products)} products and ${count(outcomes)} outcomes in ${durationText(fillingMs)}, ${count(perSecond)}/s.\n`,
    agrees ? 'They agree.\n' : `They differ in ${count(differing)} items, such as\n${sheet({ examples }, width)}`,
  ].join('');
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
