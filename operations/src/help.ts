import { table } from '@tributary/service/terminal';
import type { Command } from './command.ts';
import { usageError } from './problem.ts';

const OPTIONS = `  --admin HOST:PORT,…   admin ports to ask (TRIBUTARY_ADMIN; default 127.0.0.1:9400 to 9404: npm start's, and the services')
  --token TOKEN         what they want to be shown (TRIBUTARY_ADMIN_TOKEN; their ADMIN_TOKEN)
  --json                one JSON document on standard output, no progress
  --yes                 do what is dangerous (*) without asking; needed where there is no terminal
  --help                this text, or that of a command

The exit code is 0 when all is well, 1 when something is not or was refused, 2 for a command line that will not do or when
nobody could be asked for consent, 3 when no process could be reached, 130 after Ctrl-C.
`;

/**
 * The help for all commands, or for those that begin with the words.
 * @throws OpsError `USAGE` when there is none
 */
export function helpText(words: readonly string[], commands: readonly Command[]): string {
  if (words.length === 0) return general(commands);
  const asked = words.slice(0, 2).join(' ');
  const exact = commands.filter(({ name }) => name === asked || name === words[0]);
  const found = exact.length > 0 ? exact : commands.filter(({ name }) => name.startsWith(`${asked} `));
  if (found.length === 0) throw usageError(`there is no command ${asked}`);
  return found.map(particular).join('\n');
}

function general(commands: readonly Command[]): string {
  const rows = commands.map(({ name, args, summary, dangerous }) => [
    `  ${dangerous ? '*' : ' '} ${name} ${args}`,
    summary,
  ]);
  return `npm run ops -- COMMAND [OPTION …]\n\nHas running processes of Tributary tell and do things, through their admin ports.\n\n${table({ rows })}\n${OPTIONS}`;
}

function particular({ name, args, summary, help, dangerous }: Command): string {
  const asks = dangerous ? '\n\nAsks first, unless --yes is given.' : '';
  return `npm run ops -- ${[name, args].filter(Boolean).join(' ')}\n\n${sentence(summary)}\n\n${help}${asks}\n`;
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`;
}
