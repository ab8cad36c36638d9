import type { AdminProcess } from './admin/processes.ts';
import type { KafkaSettings } from './topics/kafka.ts';

/** Something that can be asked for on the command line. */
export interface Command {
  /** One word or two: `status`, `dead-letters list`. */
  name: string;
  /** What follows the name, for the help. */
  args: string;
  /** One line for the list of commands. */
  summary: string;
  /** What it does, for its own help. */
  help: string;
  /** How many arguments it takes at least and at most. */
  arity: readonly [least: number, most: number];
  /** Options of its own. */
  flags?: readonly OwnFlag[];
  /** Asks before it does something, unless `--yes` is given. */
  dangerous?: boolean;
  run(context: CommandContext): Promise<Answer>;
}

/** Options that only some commands have, without their dashes. */
export const ownFlags = ['all', 'kafka', 'accept-differences'] as const;
export type OwnFlag = (typeof ownFlags)[number];

export interface CommandContext {
  args: readonly string[];
  flags: Readonly<Record<OwnFlag, boolean>>;
  /** Every process that was looked for. */
  processes(): Promise<readonly AdminProcess[]>;
  /** Has the first process that can do an operation do it. */
  call<Result>(operation: string, input?: object): Promise<Result>;
  /** Says what will happen and resolves when the operator agrees. */
  confirm(what: string): Promise<void>;
  kafka: KafkaSettings;
  /** Who asks: user and machine. */
  by: string;
  /** Columns of the screen; undefined when it is none. */
  width: number | undefined;
  signal: AbortSignal;
}

/** What a command has to say. */
export interface Answer {
  /** For `--json`. */
  json: unknown;
  /** For people, each line ending in a line feed. */
  text: string;
  /** Something is not as it should be: exit code 1. */
  isWell?: boolean;
}
