import { parseArgs } from 'node:util';
import { connectionString, readConfig, type Values, type Variables } from '@tributary/service';

export const HELP = `npm run migrate -- up|down|status [--to NUMBER] [--yes]

Brings the tables of the write model in PostgreSQL up or down, or shows where they are.

  up              apply what is missing; --to 0001: no further than that one
  down            undo the newest one; --to 0001: all after that one; --to nothing: every one
                  Deletes tables and columns with all that they hold, so it asks first.
  status          show which are applied; the exit code is 1 if any is not

  --yes           do not ask, which down needs where there is no terminal
  --help          this text

Environment:
  DATABASE_URL    the database, as the writer reads it
                  (postgres://tributary:tributary@127.0.0.1:15432/tributary)
`;

/** As the writer reads it. */
export const variables = {
  DATABASE_URL: {
    schema: connectionString('postgres', 'postgresql'),
    default: 'postgres://tributary:tributary@127.0.0.1:15432/tributary',
    doc: 'PostgreSQL of the write model, with user, password and database.',
    secret: true,
  },
} as const satisfies Variables;

export interface MigrateOptions {
  readonly verb: 'up' | 'down' | 'status';
  readonly to: number | 'nothing' | undefined;
  readonly yes: boolean;
  readonly config: Values<typeof variables>;
}

/** What is wrong with the arguments, in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'BAD_USAGE';
}

/**
 * Null: help is wanted.
 * @throws UsageError
 * @throws ConfigError
 */
export function readMigrateOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): MigrateOptions | null {
  const { values, positionals } = parsed(args);
  if (values.help) return null;
  const [verb, ...rest] = positionals;
  if (verb !== 'up' && verb !== 'down' && verb !== 'status')
    throw new UsageError(`${verb ? `unknown command: ${verb}` : 'say up, down or status'} (--help explains)`);
  if (rest.length > 0) throw new UsageError(`unexpected: ${rest.join(' ')} (--help explains)`);
  const to = values.to === undefined ? undefined : targetOf(values.to);
  if (verb === 'status' && to !== undefined) throw new UsageError('status takes no --to');
  if (verb === 'up' && to === 'nothing') throw new UsageError('up goes to a migration: --to nothing is for down');
  return { verb, to, yes: values.yes, config: readConfig(variables, env) };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        to: { type: 'string' },
        yes: { type: 'boolean', short: 'y', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw new UsageError(line, { cause: error });
  }
}

function targetOf(text: string): number | 'nothing' {
  if (text === 'nothing') return text;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new UsageError(`--to ${text}: give the number of a migration, such as 0001, or nothing`);
}
