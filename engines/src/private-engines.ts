import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type AddressesOf, addressesFrom } from './addresses.ts';
import { composeProjectOf, type EnginesConfig, readEnginesConfig } from './config.ts';
import { chooseRunner } from './default-engines.ts';
import {
  type AnyEngineName,
  allNames,
  type BrokerSettings,
  type EnginePorts,
  type Observed,
  type ServerName,
} from './engine.ts';
import { createHandle, type EngineHandle } from './engine-handle.ts';
import { EngineError } from './errors.ts';
import { engineOf, type Home, lockFileOf, serversOf } from './home.ts';
import { withLock } from './lock.ts';
import { freePort } from './ports.ts';
import { type Report, toStderr } from './report.ts';

export interface StartOptions extends Observed {
  /** Default: free ones. */
  readonly ports?: Partial<EnginePorts>;
  /**
   * How many brokers Kafka has, default 1. With 3 every topic has three copies of which two are to acknowledge, unless it
   * says otherwise, and the whole set runs as plain processes.
   */
  readonly kafkaBrokers?: 1 | 3;
  /** What Kafka has besides, which runs as a plain process then. */
  readonly broker?: BrokerSettings;
  /** Default: lines on stderr. */
  readonly report?: Report;
  /** Default: the process environment. Read for the cache folder and `ENGINES_DOCKER`. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface EngineSet<N extends AnyEngineName> {
  readonly addresses: AddressesOf<N>;
  /** With several brokers Kafka's handle is for all of them at once. */
  readonly engines: Readonly<Record<N, EngineHandle>>;
  /** Kafka's brokers, each by itself. One that was killed comes back only while most of the others live. */
  readonly brokers: readonly EngineHandle[];
  /** Stops the engines, also frozen ones, and deletes their data. */
  stop(): Promise<void>;
}

const guardScript = fileURLToPath(new URL('./guard.ts', import.meta.url));

/**
 * Starts engines for the caller alone, on data and ports of their own, and resolves when all answer. They end with
 * `stop()`, or by themselves when this process ends, however it ends. Rejects with `EngineError`.
 */
export async function startEngines<N extends AnyEngineName>(
  names: readonly N[],
  options: StartOptions = {},
): Promise<EngineSet<N>> {
  const report = options.report ?? toStderr;
  const config = await privateConfig(options);
  const endAll = guard(config);
  let stopped = false;
  const stop = () => {
    stopped = true;
    return endAll();
  };
  try {
    const runner = await chooseRunner(config, report);
    const servers = names.flatMap((name) => serversOf(config, name));
    await withLock(lockFileOf(config), () => runner.up(servers), { report });
    const handleOf = (...those: [ServerName, ...ServerName[]]) =>
      createHandle(those, { home: config, runner, stopped: () => stopped });
    const handles = names.map((name) => [name, handleOf(...serversOf(config, name))] as const);
    const brokers = names.includes('kafka' as N) ? serversOf(config, 'kafka').map((broker) => handleOf(broker)) : [];
    const engines = Object.fromEntries(handles) as Record<N, EngineHandle>;
    const addresses = Object.fromEntries(handles.map(([name, { address }]) => [name, address])) as Record<N, string>;
    return { addresses: addressesFrom(addresses), engines, brokers, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function privateConfig(options: StartOptions): Promise<EnginesConfig & Home> {
  const { kafkaBrokers = 1, broker, prometheusConfigFile, exportedRedisUrl } = options;
  const isPlain = kafkaBrokers > 1 || broker !== undefined;
  const config = readEnginesConfig(options.env ?? process.env);
  if (isPlain && config.docker === 'always')
    throw new EngineError('BAD_CONFIGURATION', 'ENGINES_DOCKER is "always": such a Kafka can only be plain processes');
  const folder = await mkdtemp(join(tmpdir(), 'tributary-engines-'));
  await chmod(folder, 0o711); // PostgreSQL may run as another user and has to pass through
  const docker = isPlain ? 'never' : config.docker;
  const ports = { ...(await freePorts(kafkaBrokers)), ...options.ports };
  const observed = { prometheusConfigFile, exportedRedisUrl, ...(broker && { broker }) };
  return { ...config, ...observed, folder, ports, docker, kafkaBrokers, composeProject: composeProjectOf(folder) };
}

/** In a row, so that no two engines get the same. */
async function freePorts(kafkaBrokers: number): Promise<EnginePorts> {
  const counts = allNames.map((name) => engineOf(name).ports(0).length * (name === 'kafka' ? kafkaBrokers : 1));
  let next = await freePort(counts.reduce((sum, count) => sum + count));
  const ports: [AnyEngineName, number][] = [];
  for (const [index, name] of allNames.entries()) {
    ports.push([name, next]);
    next += counts[index] as number;
  }
  return Object.fromEntries(ports) as unknown as EnginePorts;
}

/**
 * Starts the process that stops the engines as soon as its standard input ends: when `stop` is called, and also when
 * this process was killed and could not call it.
 */
function guard(config: EnginesConfig): () => Promise<void> {
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', guardScript, JSON.stringify(config)],
    { detached: true, stdio: ['pipe', 'ignore', 'pipe'] },
  );
  const ended = once(child, 'close');
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  // A caller that forgets to stop must still be able to end. The pipes of a child process are sockets.
  child.unref();
  for (const pipe of [child.stdin, child.stderr]) (pipe as Writable | Readable as Socket).unref();
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= (async () => {
      child.ref();
      child.stdin.end();
      const [code] = (await ended) as [number | null];
      if (code !== 0) throw new EngineError('STOP_FAILED', `the engines in ${config.folder} did not stop:\n${output}`);
    })();
    return stopped;
  };
}
