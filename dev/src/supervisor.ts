import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

/** What becomes of a supervised process. */
export type ProcessEvent =
  | { readonly kind: 'started'; readonly pid: number }
  /** It ended, and nobody asked it to. */
  | { readonly kind: 'crashed'; readonly how: string; readonly retryInMs: number }
  /** It ended, for another to start or for good. */
  | { readonly kind: 'ended' };

export interface SuperviseOptions {
  readonly command: readonly [program: string, ...args: string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Pause before the next start after a crash: doubles with each until one process ran well. */
  readonly backOff: { readonly firstMs: number; readonly longestMs: number; readonly ranWellAfterMs: number };
  /** How long it may take to end before it is killed. */
  readonly endTimeoutMs: number;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  readonly onEvent: (event: ProcessEvent) => void;
  /** Milliseconds of a clock that never goes back. Default: the system's. */
  readonly nowMs?: () => number;
}

export interface Supervised {
  /** Ends the process, if one runs, and starts another at once. */
  restart(): void;
  /** Ends the process for good. */
  stop(): Promise<void>;
  /** Kills the process for good. */
  kill(): Promise<void>;
}

/** Runs a process, and another whenever it ends. */
export function supervise(options: SuperviseOptions): Supervised {
  const { backOff, endTimeoutMs, onEvent, nowMs = () => performance.now() } = options;
  let child: ChildProcess | null = null;
  let pause = new AbortController();
  let crashes = 0;
  let restarting = false;
  let stopping = false;

  async function keepRunning(): Promise<void> {
    while (!stopping) {
      restarting = false;
      const startedMs = nowMs();
      const how = await runOnce();
      if (stopping || restarting) {
        onEvent({ kind: 'ended' });
        if (restarting) crashes = 0;
      } else {
        crashes = nowMs() - startedMs >= backOff.ranWellAfterMs ? 1 : crashes + 1;
        await pauseAfter(how);
      }
    }
  }

  /** Answers how the process ended, in words, once all that it printed has been told. */
  async function runOnce(): Promise<string> {
    const [program, ...args] = options.command;
    child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      // The channel is for the tether. Nothing is typed into a service.
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Ctrl-C reaches every process of the terminal's group at once; these are to end in order.
      detached: true,
    });
    for (const stream of ['stdout', 'stderr'] as const)
      createInterface({ input: child[stream]! }).on('line', (line) => options.onLine(line, stream));
    if (child.pid !== undefined) onEvent({ kind: 'started', pid: child.pid });
    const how = await endOf(child);
    child = null;
    return how;
  }

  async function pauseAfter(how: string): Promise<void> {
    const retryInMs = Math.min(backOff.firstMs * 2 ** (crashes - 1), backOff.longestMs);
    pause = new AbortController();
    onEvent({ kind: 'crashed', how, retryInMs });
    await delay(retryInMs, undefined, { signal: pause.signal }).catch(() => {});
  }

  /** Asks the process to end, and kills it when it is late. */
  function end(): void {
    if (child === null) return;
    const ending = child;
    ending.kill('SIGTERM');
    const late = setTimeout(() => killAll(ending), endTimeoutMs);
    ending.once('close', () => clearTimeout(late));
  }

  const ended = keepRunning();

  return {
    restart() {
      if (stopping) return;
      crashes = 0;
      pause.abort();
      if (restarting) return;
      restarting = true;
      end();
    },
    stop() {
      if (!stopping) {
        stopping = true;
        pause.abort();
        if (!restarting) end();
      }
      return ended;
    },
    kill() {
      stopping = true;
      pause.abort();
      if (child) killAll(child);
      return ended;
    },
  };
}

/** Also what it started itself, which would hold its output open. */
function killAll({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`it could not be started: ${error.message}`));
    child.once('close', (code, signal) => resolve(signal ? `killed by ${signal}` : `exit code ${code}`));
  });
}
