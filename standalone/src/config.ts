import { parseArgs } from 'node:util';
import { originVariables } from '@tributary/gateway';
import {
  ConfigError,
  kinds,
  operationsVariables,
  processVariables,
  readConfig,
  telemetryVariables,
  type Values,
  type Variables,
} from '@tributary/service';

export const variables = {
  ...processVariables,
  ...telemetryVariables,
  ...operationsVariables,
  LOG_LEVEL: { ...processVariables.LOG_LEVEL, default: 'warn' },
  PORT: { schema: kinds.port, default: '4000', doc: 'Port of the gateway: GraphQL, REST and the pages; `--port`.' },
  ADMIN_PORT: { schema: kinds.port, default: '9400', doc: 'Port of /livez, /readyz and /metrics; `--admin-port`.' },
  ALLOWED_ORIGINS: {
    ...originVariables.ALLOWED_ORIGINS,
    doc: `${originVariables.ALLOWED_ORIGINS.doc} \`--allow-origin\`, as often as there are.`,
  },
  DATA: { schema: kinds.text, default: '.data', doc: 'Folder of the embedded stores; `--data`.' },
} as const satisfies Variables;

export interface StandaloneConfig extends Values<typeof variables> {
  /** Delete what the data folder holds before the start. */
  reset: boolean;
}

export const HELP = `npm start [-- OPTION ...]

Runs all of Tributary in one process over embedded stores: GraphQL, REST and pages on one port.

  --port N         port of the gateway (default 4000; PORT)
  --admin-port N   port of /livez, /readyz and /metrics (default 9400; ADMIN_PORT)
  --data DIR       folder of the data, made when its parent exists (default .data; DATA)
  --allow-origin ORIGIN
                   pages of this origin may ask too, such as http://localhost:5173; may be repeated (ALLOWED_ORIGINS)
  --reset          delete the data first
  --verbose        log every step (LOG_LEVEL=info)
  --help           this text

Ctrl-C stops it; a second Ctrl-C stops it at once. All variables: docs/configuration.md
`;

const options = {
  port: { type: 'string' },
  'admin-port': { type: 'string' },
  data: { type: 'string' },
  'allow-origin': { type: 'string', multiple: true },
  reset: { type: 'boolean', default: false },
  verbose: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Reads the command line and, for what it leaves open, the environment.
 * @throws ConfigError with all problems at once
 */
export function readStandaloneConfig(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): StandaloneConfig {
  const flags = parseFlags(args);
  const settings = {
    ...env,
    ...(flags.port !== undefined && { PORT: flags.port }),
    ...(flags['admin-port'] !== undefined && { ADMIN_PORT: flags['admin-port'] }),
    ...(flags['allow-origin'] && { ALLOWED_ORIGINS: flags['allow-origin'].join(',') }),
    ...(flags.data !== undefined && { DATA: flags.data }),
    ...(flags.verbose && { LOG_LEVEL: 'info' }),
  };
  return { ...readConfig(variables, settings), reset: flags.reset };
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new ConfigError([`${(error as Error).message.split('. ')[0]}; --help lists the options`]);
  }
}
