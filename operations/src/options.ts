import { parseArgs } from 'node:util';
import { type Address, defaultAddresses, readAddresses } from './admin/addresses.ts';
import { type Command, type OwnFlag, ownFlags } from './command.ts';
import { usageError } from './problem.ts';

export interface Options {
  /** What is to be done; null when only help is wanted. */
  command: Command | null;
  /** The words that were given before `--help`, if any. */
  helpWith: readonly string[];
  args: readonly string[];
  flags: Readonly<Record<OwnFlag, boolean>>;
  json: boolean;
  yes: boolean;
  addresses: readonly Address[];
  token: string;
}

const options = {
  admin: { type: 'string' },
  token: { type: 'string' },
  json: { type: 'boolean', default: false },
  yes: { type: 'boolean', short: 'y', default: false },
  all: { type: 'boolean', default: false },
  kafka: { type: 'boolean', default: false },
  'accept-differences': { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/**
 * Reads the command line, and from the environment what it leaves open.
 * @throws OpsError `USAGE`
 */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  commands: readonly Command[],
): Options {
  const { values, positionals } = parse(args);
  const { admin = env.TRIBUTARY_ADMIN, token = env.TRIBUTARY_ADMIN_TOKEN, json, yes } = values;
  const shared = {
    flags: Object.fromEntries(ownFlags.map((flag) => [flag, values[flag]])) as Record<OwnFlag, boolean>,
    ...{ json, yes },
    addresses: admin ? readAddresses(admin) : defaultAddresses,
    token: token ?? '',
  };
  if (values.help) return { command: null, helpWith: positionals, args: [], ...shared };

  const command = commands.find(({ name }) => startsWith(positionals, name.split(' ')));
  if (!command) throw usageError(unknown(positionals, commands));
  const given = positionals.slice(command.name.split(' ').length);
  const [least, most] = command.arity;
  if (given.length < least) throw usageError(`${command.name} takes ${command.args}`);
  if (given.length > most) throw usageError(`${command.name}: ${given.slice(most).join(' ')} is too much`);
  for (const flag of ownFlags)
    if (values[flag] && !command.flags?.includes(flag)) throw usageError(`${command.name} has no --${flag}`);
  return { command, helpWith: [], args: given, ...shared };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const [sentence] = (error as Error).message.split('. ');
    throw usageError(sentence?.replace(/\.$/, '') ?? 'it cannot be read');
  }
}

function startsWith(words: readonly string[], name: readonly string[]): boolean {
  return name.every((word, index) => words[index] === word);
}

function unknown(words: readonly string[], commands: readonly Command[]): string {
  const [first] = words;
  if (first === undefined) return 'say what to do, such as status';
  const verbs = commands.flatMap(({ name }) => (name.startsWith(`${first} `) ? [name.split(' ')[1]] : []));
  return verbs.length > 0 ? `${first} takes one of ${verbs.join(', ')}` : `there is no command ${words.join(' ')}`;
}
