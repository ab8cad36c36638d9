import type { Output } from './output.ts';
import { untilReady } from './readiness.ts';
import { type ProcessEvent, type Supervised, type SuperviseOptions, supervise } from './supervisor.ts';
import { type WatchOptions, watchSources } from './watch.ts';

/** A service as the stack runs it. */
export interface StackService extends Pick<SuperviseOptions, 'command' | 'env'> {
  readonly name: string;
  /** Folders from the project's root: a change of a source file below one of them restarts the service. */
  readonly sources: readonly string[];
  /** Answers 200 when the service can do its job. */
  readonly readyUrl: string;
}

export interface StackOptions
  extends Pick<SuperviseOptions, 'backOff' | 'endTimeoutMs' | 'nowMs'>,
    Pick<WatchOptions, 'quietMs'> {
  /** The project's root. */
  readonly root: string;
  /** In the order in which they depend on one another: the last is stopped first. */
  readonly services: readonly StackService[];
  readonly output: Output;
  /** How long a stop may take before what is left is killed. */
  readonly stopTimeoutMs: number;
}

export interface Stack {
  /** Resolves when every service has been ready once, or with false when the stack stops before. */
  readonly ready: Promise<boolean>;
  /** Stops the services one after another, the last first. */
  stop(): Promise<void>;
  /** Kills what still runs. */
  kill(): void;
}

interface Running {
  readonly service: StackService;
  readonly process: Supervised;
  readonly ready: Promise<boolean>;
}

/** Starts the services, and restarts each when its sources change or it ends. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { root, services, output, stopTimeoutMs, quietMs } = options;
  const running: Running[] = [];
  let stopped: Promise<void> | undefined;

  const stopWatching = await watchSources({
    root,
    quietMs,
    folders: [...new Set(services.flatMap(({ sources }) => sources))],
    onChange(files) {
      for (const { service, process } of running) {
        const own = files.filter((file) => service.sources.some((folder) => file.startsWith(`${folder}/`)));
        if (own.length === 0 || stopped) continue;
        output.tell(service.name, `${changedText(own)}: starting again`);
        process.restart();
      }
    },
    onError: ({ message }) => output.tell('dev', `changes may go unnoticed: ${message}`, 'bad'),
  });
  for (const service of services) running.push(run(service, options));

  async function stopAll(): Promise<void> {
    await stopWatching();
    const late = setTimeout(() => {
      output.tell('dev', `not all have stopped in ${stopTimeoutMs / 1000} s: killing the others`, 'bad');
      kill();
    }, stopTimeoutMs);
    for (const { process } of running.toReversed()) await process.stop();
    clearTimeout(late);
  }

  function kill(): void {
    for (const { process } of running) void process.kill();
  }

  return {
    ready: Promise.all(running.map(({ ready }) => ready)).then((all) => all.every(Boolean)),
    stop() {
      stopped ??= stopAll();
      return stopped;
    },
    kill,
  };
}

/** Supervises a service and tells what becomes of it. */
function run(service: StackService, { root, output, ...options }: StackOptions): Running {
  const { name, command, env, readyUrl } = service;
  const firstReady = Promise.withResolvers<boolean>();
  let ended = new AbortController();

  async function tellReady(): Promise<void> {
    const startedMs = performance.now();
    if (!(await untilReady(readyUrl, ended.signal))) return;
    output.tell(name, `ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s`, 'good');
    firstReady.resolve(true);
  }

  function onEvent(event: ProcessEvent): void {
    if (event.kind === 'started') {
      ended = new AbortController();
      void tellReady();
      return;
    }
    ended.abort();
    if (event.kind === 'crashed')
      output.tell(name, `ended (${event.how}): starts again in ${event.retryInMs / 1000} s, or on a change`, 'bad');
  }

  const process = supervise({
    ...options,
    command,
    env,
    cwd: root,
    onLine: (line, stream) => output.printed(name, line, stream),
    onEvent,
  });
  return {
    service,
    ready: firstReady.promise,
    process: {
      restart: process.restart,
      stop: async () => {
        await process.stop();
        output.tell(name, 'stopped');
        firstReady.resolve(false);
      },
      kill: process.kill,
    },
  };
}

/** One of the files, and how many others. */
function changedText([first, ...others]: readonly string[]): string {
  return `${first}${others.length > 0 ? ` and ${others.length} more` : ''} changed`;
}
