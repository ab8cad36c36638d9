import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface ServiceProcess {
  readonly name: string;
  readonly pid: number;
  /** Everything it printed so far. */
  output(): string;
  /** Whether it has not ended; a frozen process runs. */
  isRunning(): boolean;
  /**
   * Resolves when it has ended by itself, with its exit code, or null after a signal. One that goes on for longer is killed
   * and rejects with its output.
   */
  ended(withinMs?: number): Promise<number | null>;
  /** Ends it as an operator would and resolves with its exit code. */
  stop(): Promise<number | null>;
  /** Ends it with a signal and waits until it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** None outlives the process that started it. */
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Starts a `main.ts` of the project as its own process. */
export function startProcess(
  name: string,
  main: string,
  env: Record<string, string>,
  args: readonly string[] = [],
): ServiceProcess {
  const first = new URL('telemetry.ts', new URL(main, pathToFileURL(root)));
  const imports = existsSync(first) ? [`--import=${first}`] : [];
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning', ...imports];
  return startCommand(name, [process.execPath, ...flags, `${root}${main}`, ...args], { LOG_FORMAT: 'json', ...env });
}

/** Starts a program with its arguments in the project's root. */
export function startCommand(
  name: string,
  [program, ...args]: readonly [string, ...string[]],
  env: Record<string, string> = {},
): ServiceProcess {
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  running.add(child);
  child.once('exit', () => running.delete(child));
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  const output = () => Buffer.concat(chunks).toString();
  return {
    name,
    pid: child.pid as number,
    output,
    isRunning: () => isRunning(child),
    async ended(withinMs = 20_000) {
      const late = setTimeout(() => child.kill('SIGKILL'), withinMs);
      const code = await closed;
      clearTimeout(late);
      if (child.signalCode === 'SIGKILL') throw new Error(`${name} did not end within ${withinMs} ms:\n${output()}`);
      return code;
    },
    stop: () => end(child, 'SIGTERM'),
    kill: async (signal) => {
      await end(child, signal);
    },
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (isRunning(child)) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}

/** Waits until a process says that it can do its job; fails with its log when it ends or takes too long. */
export async function untilReady(service: ServiceProcess, adminPort: number, deadlineMs = 60_000): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  let last = 'no answer';
  while (Date.now() < deadline) {
    const response = await fetch(`http://127.0.0.1:${adminPort}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(
      () => null,
    );
    if (response?.ok) return;
    if (response) last = await response.text();
    if (!service.isRunning()) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${service.name} is not ready: ${last}\n${service.output().slice(-8_000)}`);
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}
