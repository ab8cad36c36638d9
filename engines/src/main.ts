import { parseArgs } from 'node:util';
import { type EnginesConfig, readEnginesConfig } from './config.ts';
import { engineStatus, stopEngines, upEngines } from './default-engines.ts';
import { type AnyEngineName, allNames, engineNames, observerNames } from './engine.ts';
import { EngineError } from './errors.ts';
import type { EngineStatus } from './home.ts';
import { toStderr } from './report.ts';

const HELP = `npm run engines -- up|down|status [NAME ...] [--json]

Starts, stops and shows the servers that the services stand on: ${engineNames.join(', ')} (default: all),
and by name those that watch them: ${observerNames.join(', ')}.
With a Docker engine the first and Jaeger are the containers of compose.yml, without one all are plain processes; then
MongoDB is a stand-in in memory. They go on running after this command has ended, and their data stays over down and up
(not the stand-in's, not Redis', and not Jaeger's).

  up              start what does not run, install what is missing, wait until all answer
  down            stop (default: also those that watch); --delete-data also deletes the data
  status          show (default: also those that watch and run); the exit code is 0 only if all run

  --json          the result as JSON on standard output
  --help          this text

Environment:
  ENGINES_KAFKA_PORT (19092; its controller takes the next one), ENGINES_POSTGRES_PORT (15432),
  ENGINES_MONGO_PORT (17017), ENGINES_REDIS_PORT (16379), ENGINES_JAEGER_PORT (16686; it takes six more),
  ENGINES_PROMETHEUS_PORT (19090), ENGINES_NODE_EXPORTER_PORT (19100), ENGINES_REDIS_EXPORTER_PORT (19121)
  ENGINES_PROMETHEUS_CONFIG   Prometheus's configuration file (one that scrapes Prometheus alone)
  ENGINES_EXPORTED_REDIS_URL  what the Redis exporter asks (the engine)
  ENGINES_DIR     data, logs and process ids (.data/engines)
  ENGINES_DOCKER  auto (default), always or never
`;

interface Command {
  /** Undefined when none are named. */
  readonly names: readonly AnyEngineName[] | undefined;
  readonly json: boolean;
  readonly deleteData: boolean;
  readonly config: EnginesConfig;
}

async function up({ names = engineNames, json, config }: Command): Promise<void> {
  await upEngines(names, config, toStderr);
  await show(names, config, json);
}

async function down({ names = allNames, json, deleteData, config }: Command): Promise<void> {
  const stopped = await stopEngines(names, config, toStderr, { deleteData });
  if (json) print(JSON.stringify({ stopped }));
  else print(stopped.length > 0 ? `stopped: ${stopped.join(', ')}` : 'nothing was running');
}

async function status({ names, json, config }: Command): Promise<void> {
  const allRun = await show(names, config, json);
  process.exitCode = allRun ? 0 : 1;
}

async function show(
  names: readonly AnyEngineName[] | undefined,
  config: EnginesConfig,
  json: boolean,
): Promise<boolean> {
  const found = names ? await engineStatus(names, config) : await defaultStatus(config);
  if (json) print(JSON.stringify(found, undefined, 2));
  else
    for (const { name, state, address, pid, detail, logFile } of found) {
      const where = state === 'stopped' ? '' : `${address}${pid ? `  pid ${pid}` : ''}${detail ? `  ${detail}` : ''}`;
      print(`${name.padEnd(nameWidth)} ${state.padEnd(9)} ${where}${logFile ? `  log ${logFile}` : ''}`.trimEnd());
    }
  return found.every(({ state }) => state === 'running');
}

/** Of what watches the engines only what somebody has started. */
async function defaultStatus(config: EnginesConfig): Promise<EngineStatus[]> {
  const observers = await engineStatus(observerNames, config);
  const started = observers.filter(({ state }) => state === 'running' || state === 'unresponsive');
  return [...(await engineStatus(engineNames, config)), ...started];
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const nameWidth = Math.max(...allNames.map((name) => name.length));
const commands = { up, down, status } as const;

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      'delete-data': { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return print(HELP.trimEnd());
  const [verb = '', ...given] = positionals;
  const command = Object.hasOwn(commands, verb) ? commands[verb as keyof typeof commands] : undefined;
  const unknown = given.filter((name) => !allNames.some((known) => known === name));
  if (!command || unknown.length > 0) {
    const problem = command ? `unknown engine: ${unknown.join(', ')}` : `unknown command: ${verb || '(none)'}`;
    throw new EngineError('BAD_CONFIGURATION', `${problem}\n\n${HELP}`);
  }
  await command({
    names: given.length > 0 ? [...new Set(given as AnyEngineName[])] : undefined,
    json: values.json,
    deleteData: values['delete-data'],
    config: readEnginesConfig(process.env),
  });
}

await main().catch((error: Error & { code?: string }) => {
  const expected = error instanceof EngineError || error.code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`engines: ${expected ? error.message : error.stack}\n`);
  process.exitCode = 1;
});
