import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { EngineError } from '@tributary/engines';
import picocolors from 'picocolors';
import { HELP, readDevOptions, UsageError } from './config.ts';
import { startMissingEngines } from './engines.ts';
import { type Observers, startObservers } from './observe.ts';
import { createOutput } from './output.ts';
import { takenPort } from './ports.ts';
import { addresses, portVariables, secrets, services } from './services.ts';
import { type Stack, type StackService, startStack } from './stack.ts';
import { runStep } from './step.ts';
import { sourceFolders } from './workspaces.ts';

// A terminal that was closed takes no more lines, which is no reason to leave services behind.
process.stdout.on('error', () => {});

const root = fileURLToPath(new URL('../..', import.meta.url));
const tether = new URL('./tether.ts', import.meta.url).href;
const node = [
  process.execPath,
  '--disable-warning=ExperimentalWarning',
  '--disable-warning=TimeoutNegativeWarning',
] as const;

const BACK_OFF = { firstMs: 500, longestMs: 10_000, ranWellAfterMs: 10_000 };
/** Of a service, so that a restart does not keep a developer waiting. */
const STOP_TIMEOUT_MS = 5_000;
const END_TIMEOUT_MS = STOP_TIMEOUT_MS + 1_000;
const STACK_STOP_TIMEOUT_MS = 15_000;
/** A terminal and npm both send the signal of one Ctrl-C; one that comes later is impatience. */
const IMPATIENT_AFTER_MS = 1_000;

async function main(): Promise<void> {
  const options = readDevOptions(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(HELP);
    return;
  }
  const { portOffset, inspect, observe } = options;
  const chosen = services.filter(({ name }) => options.only.includes(name));
  const output = createOutput({
    write: (text) => process.stdout.write(text),
    sources: [...chosen.map(({ name }) => name), 'engines', 'migrate', 'topics', 'observe', 'dev'],
    colors: picocolors.createColors(wantsColors(process.env, process.stdout.isTTY)),
  });
  const stopping = new AbortController();
  let stack: Stack | undefined;
  onSignal(
    () => stopping.abort(),
    () => stack?.kill(),
  );

  const taken = await takenPort(chosen, portOffset, process.env.HOST || '127.0.0.1');
  if (taken)
    throw new UsageError(
      `port ${taken.port} of ${taken.service} is in use: stop the stack that runs there, or add to all ports with --port-offset`,
    );

  const engines = [...new Set(chosen.flatMap((service) => [...service.engines]))];
  const found = await Promise.race([
    startMissingEngines(engines, process.env, (line) => output.tell('engines', line)),
    aborted(stopping.signal),
  ]);
  if (!found) return;
  const env = {
    ...secrets,
    ...addresses(portOffset),
    STOP_TIMEOUT_MS: String(STOP_TIMEOUT_MS),
    ...process.env,
    ...found.addresses,
    LOG_FORMAT: 'json',
  };

  const step = async (name: string, script: string, ...args: string[]) => {
    const onLine = (line: string, stream: 'stdout' | 'stderr') => output.printed(name, line, stream);
    const command = [...node, join(root, script), ...args] as const;
    if (await runStep({ command, cwd: root, env, onLine, signal: stopping.signal })) return;
    if (!stopping.signal.aborted) throw new UsageError(`${name} failed: see above`);
  };
  const observers: Promise<Observers | null> = observe
    ? startObservers({
        root,
        services: chosen,
        portOffset,
        host: reachable(process.env.HOST),
        redisUrl: engines.includes('redis') ? (found.addresses.REDIS_URL ?? process.env.REDIS_URL) : undefined,
        env: process.env,
        report: (line) => output.tell('observe', line),
      })
    : Promise.resolve(null);
  const [observed] = await Promise.all([
    Promise.race([observers, aborted(stopping.signal)]),
    ...(engines.includes('postgres') ? [step('migrate', 'drizzle/main.ts', 'up')] : []),
    ...(engines.includes('kafka') ? [step('topics', 'operations/src/main.ts', 'topics', 'create', '--kafka')] : []),
  ]);

  if (!stopping.signal.aborted) {
    output.tell('dev', `starting ${chosen.map(({ name }) => name).join(', ')}`);
    stack = await startStack({
      root,
      services: chosen.map((service): StackService => {
        const ports = portVariables(service, portOffset);
        const sources = join(root, service.folder, 'src');
        const telemetry = pathToFileURL(join(sources, 'telemetry.ts')).href;
        const debug = service.name === inspect ? ['--inspect'] : [];
        return {
          name: service.name,
          command: [...node, ...debug, `--import=${tether}`, `--import=${telemetry}`, join(sources, 'main.ts')],
          env: { ...env, ...observed?.variables, ...ports },
          sources: sourceFolders(root, service.folder),
          readyUrl: `http://${reachable(process.env.HOST)}:${ports.ADMIN_PORT}/readyz`,
        };
      }),
      output,
      backOff: BACK_OFF,
      endTimeoutMs: END_TIMEOUT_MS,
      stopTimeoutMs: STACK_STOP_TIMEOUT_MS,
    });
    void stack.ready.then((areReady) => {
      if (!areReady) return;
      output.tell('dev', readyText(portOffset, options.only), 'good');
      if (observed) output.tell('observe', observed.text, 'good');
    });
    await aborted(stopping.signal);
    output.tell('dev', 'stopping');
    await stack.stop();
  }
  if (found.started.length > 0)
    output.tell('dev', 'stopped; the engines stay up: npm run engines -- down stops them', 'good');
}

/** By the conventions of no-color.org and force-color.org; the library itself also colours what a CI reads. */
function wantsColors({ NO_COLOR, FORCE_COLOR }: NodeJS.ProcessEnv, isTerminal: boolean | undefined): boolean {
  return !NO_COLOR && (Boolean(FORCE_COLOR) || isTerminal === true);
}

function readyText(portOffset: number, names: readonly string[]): string {
  const seconds = (performance.now() / 1000).toFixed(1);
  const gateway = services.find(({ name }) => name === 'gateway' && names.includes(name));
  const where = gateway ? `: http://127.0.0.1:${Number(portVariables(gateway, portOffset).PORT)}/` : '';
  return `all ready after ${seconds} s${where}   (Ctrl-C stops)`;
}

/** Where a server that binds to this address answers. */
function reachable(host: string | undefined): string {
  return !host || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}

function onSignal(stop: () => void, kill: () => void): void {
  let firstMs = 0;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      if (firstMs === 0) {
        firstMs = performance.now();
        stop();
      } else if (performance.now() - firstMs > IMPATIENT_AFTER_MS) kill();
    });
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const isExpected = error instanceof UsageError || error instanceof EngineError;
  process.stderr.write(`dev: ${isExpected ? error.message : (error as Error).stack}\n`);
  process.exit(1);
}
