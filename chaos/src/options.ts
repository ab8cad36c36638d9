import { parseArgs } from 'node:util';

export const HELP = `npm run chaos [-- OPTION ...]

Starts Kafka, PostgreSQL, Redis, MongoDB's stand-in and two processes of each service, all of its own, lets clients load
them, kills, freezes and restarts processes and engines meanwhile, waits until everything has come to rest, and checks
from what clients were told, PostgreSQL, the topics and the read model that nothing was lost, doubled or reordered.
Exit code 0: no violation; 1: a violation, or the run failed; 2: a wrong option.

  --seed N          fixes the schedule of faults and what clients choose, not the interleaving (default: a new one, printed)
  --minutes M       how long faults are injected (default 5)
  --commands N      go on until so many commands were sent, also beyond that time
  --stack NAME      engines (default) or embedded: the one process of \`npm start\`, killed over and over
  --brokers N       1 (default) or 3 brokers of Kafka
  --clients N       clients at once (default 8)
  --rest MS         about how long each client rests between two operations (default 150)
  --out FOLDER      where history, evidence and logs go, to stay (default: below the system's temporary folder)
  --keep            keep them also when nothing was violated
  --json            print the result as JSON
  --help            this text
`;

export const stacks = ['engines', 'embedded'] as const;
export type StackName = (typeof stacks)[number];

export interface ChaosOptions {
  /** Null: a new one. */
  seed: number | null;
  minutes: number;
  commands: number;
  stack: StackName;
  brokers: 1 | 3;
  clients: number;
  restMs: number;
  /** Null: a new folder. */
  out: string | null;
  keep: boolean;
  json: boolean;
}

/** Reads the command line; throws an Error with what is wrong, null stands for a call for help. */
export function readOptions(args: readonly string[]): ChaosOptions | null {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string' },
      minutes: { type: 'string', default: '5' },
      commands: { type: 'string', default: '0' },
      stack: { type: 'string', default: 'engines' },
      brokers: { type: 'string', default: '1' },
      clients: { type: 'string', default: '8' },
      rest: { type: 'string', default: '150' },
      out: { type: 'string' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return null;
  const stack = stacks.find((name) => name === values.stack);
  if (!stack) throw new Error(`--stack ${values.stack}: there are ${stacks.join(' and ')}`);
  const { brokers } = values;
  if (brokers !== '1' && brokers !== '3') throw new Error(`--brokers ${brokers}: is neither 1 nor 3`);
  if (brokers === '3' && stack === 'embedded') throw new Error('--brokers 3: the embedded stack has no Kafka');
  return {
    seed: values.seed === undefined ? null : whole('--seed', values.seed),
    minutes: above0('--minutes', values.minutes),
    commands: whole('--commands', values.commands),
    stack,
    brokers: brokers === '3' ? 3 : 1,
    clients: positive('--clients', values.clients),
    restMs: whole('--rest', values.rest),
    out: values.out ?? null,
    keep: values.keep,
    json: values.json,
  };
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) throw new Error(`${option} ${text}: is no whole number`);
  return value;
}

function positive(option: string, text: string): number {
  const value = whole(option, text);
  if (value === 0) throw new Error(`${option} 0: is no number above 0`);
  return value;
}

function above0(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new Error(`${option} ${text}: is no number above 0`);
  return value;
}
