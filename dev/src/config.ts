import { parseArgs } from 'node:util';
import { type ServiceName, services } from './services.ts';

const names = services.map(({ name }) => name);
const HIGHEST_OFFSET = 50_000;

export const HELP = `npm run dev [-- --only NAME,NAME] [--observe] [--inspect NAME] [--port-offset NUMBER]

Runs the services for development, each as its own process: starts the engines, migrates, creates the topics, shows all
logs in one stream, and restarts the services whose sources have changed, or that ended. Ctrl-C stops them; the engines
stay up (npm run engines -- down stops them).

  --only          only these, separated by commas: ${names.join(', ')}
  --observe       start Jaeger, Prometheus, node_exporter and the Redis exporter beside them too, and have every trace
                  recorded; the first time Jaeger is built, which takes minutes and Go 1.22 or later
  --inspect       let a debugger attach to this one (on 127.0.0.1:9229)
  --port-offset   add this to every port, for a stack beside another one; give it a DATABASE_URL, MONGODB_DATABASE and
                  KAFKA_BROKERS of its own too
  --help          this text

Environment: what the services read (docs/configuration.md) except their ports, and what the engines read
(ENGINES_DOCKER=always for containers). An engine whose address is given is not started: KAFKA_BROKERS, DATABASE_URL,
MONGODB_URL, REDIS_URL.
`;

export interface DevOptions {
  readonly only: readonly ServiceName[];
  readonly inspect: ServiceName | null;
  readonly observe: boolean;
  readonly portOffset: number;
}

/** What is wrong with the arguments, in one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'BAD_USAGE';
}

/**
 * Null: help is wanted.
 * @throws UsageError
 */
export function readDevOptions(args: readonly string[]): DevOptions | null {
  const { help, only, observe, inspect = null, 'port-offset': offset } = parsed(args);
  if (help) return null;
  const wanted = only === undefined ? names : only.split(',').map((name) => name.trim());
  const chosen = names.filter((name) => wanted.includes(name));
  const unknown = wanted.filter((name) => !names.some((known) => known === name));
  if (unknown.length > 0)
    throw new UsageError(`--only: there is no service "${unknown.join('", "')}": there are ${names.join(', ')}`);
  const inspected = inspect === null ? null : (chosen.find((name) => name === inspect) ?? undefined);
  if (inspected === undefined) throw new UsageError(`--inspect ${inspect}: is none of ${chosen.join(', ')}`);
  const portOffset = Number(offset);
  if (!/^\d+$/.test(offset) || portOffset > HIGHEST_OFFSET)
    throw new UsageError(`--port-offset ${offset}: give a whole number from 0 to ${HIGHEST_OFFSET}`);
  return { only: chosen, inspect: inspected, observe, portOffset };
}

function parsed(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        inspect: { type: 'string' },
        observe: { type: 'boolean', default: false },
        'port-offset': { type: 'string', default: '0' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    return values;
  } catch (error) {
    const [line = ''] = (error as Error).message.split('\n');
    throw new UsageError(line, { cause: error });
  }
}
