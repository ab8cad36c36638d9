import { parseArgs } from 'node:util';

export const HELP = `npm run bench [-- OPTION ...]

Loads the system on both stacks and what it is compared with, each in turn for several rounds, prints a table of medians and
writes JSON. Takes about half an hour.

  --quick          one short round: about five minutes, rough numbers
  --only NAME      only the cases whose name begins so, such as create, read, search, lag, start, import, backlog,
                   rebuild, recovery, live, telemetry, baseline; may be given several times
  --stack NAME     only embedded or engines
  --rounds N       rounds (default 3)
  --seconds N      how long a case is loaded in a round (default 5)
  --out FILE       where the JSON goes (default: not written)
  --help           this text
`;

export const stackNames = ['embedded', 'engines'] as const;
export type StackName = (typeof stackNames)[number];

export interface BenchOptions {
  only: readonly string[];
  stacks: readonly StackName[];
  rounds: number;
  seconds: number;
  quick: boolean;
  out: string | null;
}

/** Reads the command line; throws an Error with what is wrong, null stands for a call for help. */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      stack: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const { quick } = values;
  return {
    only: values.only,
    stacks: values.stack === undefined ? stackNames : [stackOf(values.stack)],
    rounds: values.rounds === undefined ? (quick ? 1 : 3) : positive('--rounds', values.rounds),
    seconds: values.seconds === undefined ? (quick ? 1 : 5) : positive('--seconds', values.seconds),
    quick,
    out: values.out ?? null,
  };
}

function stackOf(name: string): StackName {
  const stack = stackNames.find((known) => known === name);
  if (!stack) throw new Error(`--stack ${name}: there are ${stackNames.join(' and ')}`);
  return stack;
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${option} ${text}: is no whole number above 0`);
  return value;
}
