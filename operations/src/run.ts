import { hostname, userInfo } from 'node:os';
import type { Readable, Writable } from 'node:stream';
import { createDisplay, type Display } from '@tributary/service/terminal';
import { callOperation } from './admin/call.ts';
import { type AdminProcess, findProcesses, whoDoes } from './admin/processes.ts';
import type { Answer, Command, CommandContext } from './command.ts';
import { commands } from './commands/index.ts';
import { confirm } from './confirmation.ts';
import { helpText } from './help.ts';
import { type Options, readOptions } from './options.ts';
import { exitCodes, OpsError } from './problem.ts';
import { progressText } from './text.ts';
import { kafkaSettings } from './topics/kafka.ts';

type Terminal<Stream> = Stream & { isTTY?: boolean; columns?: number };

export interface Surroundings {
  args: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  stdin: Terminal<Readable>;
  stdout: Terminal<Writable>;
  stderr: Terminal<Writable>;
  /** Aborted when the operator wants no more. */
  signal: AbortSignal;
}

/** Does what a command line asks for, and resolves with the exit code. Rejects only for a defect. */
export async function run(surroundings: Surroundings): Promise<number> {
  const { args, env, stdout, stderr, signal } = surroundings;
  const display = createDisplay(stderr);
  let json = args.includes('--json');
  try {
    const options = readOptions(args, env, commands);
    json = options.json;
    if (options.command === null) {
      stdout.write(helpText(options.helpWith, commands));
      return exitCodes.done;
    }
    const { json: document, text, isWell = true } = await answerTo(options.command, options, surroundings, display);
    display.clear();
    stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : text);
    return isWell ? exitCodes.done : exitCodes.notWell;
  } catch (error) {
    const problem = signal.aborted ? new OpsError('INTERRUPTED', 'interrupted', exitCodes.interrupted) : error;
    if (!(problem instanceof OpsError)) throw error;
    const { code, message, exitCode } = problem;
    if (json) stdout.write(`${JSON.stringify({ error: { code, message } }, null, 2)}\n`);
    else display.say(`ops: ${message} (${code})`);
    return exitCode;
  }
}

function answerTo(command: Command, options: Options, surroundings: Surroundings, display: Display): Promise<Answer> {
  const { env, stdin, stdout, stderr, signal } = surroundings;
  const { addresses, token, args, flags, json, yes } = options;
  let found: Promise<readonly AdminProcess[]> | undefined;
  const processes = () => {
    found ??= findProcesses({ addresses, token, signal });
    return found;
  };
  const context: CommandContext = {
    ...{ args, flags, processes, signal },
    async call<Result>(operation: string, input: object = {}) {
      const { address } = whoDoes(operation, await processes());
      const onProgress = (report: unknown) => {
        if (!json) display.show(() => progressText(operation, report));
      };
      return (await callOperation({ address, token, operation, input, onProgress, signal })) as Result;
    },
    confirm: (what) => confirm(what, { input: stdin, output: stderr, yes, signal }),
    kafka: kafkaSettings(env),
    by: `${userName()}@${hostname()}`,
    width: stdout.isTTY === true ? stdout.columns : undefined,
  };
  return command.run(context);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return 'someone'; // a user id without an entry, as in a container
  }
}
