import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** One command of a check: its output is shown whole when it ends, so that commands may run side by side. */
export interface Task {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  readonly env?: Readonly<Record<string, string>>;
  /** Default: the project's root. */
  readonly cwd?: string;
  /** Shown as it comes instead, for long tasks that run alone. */
  readonly live?: boolean;
}

export interface Timing {
  readonly name: string;
  readonly ms: number;
}

const timings: Timing[] = [];

/** Runs a step and remembers how long it took. */
export async function timed<T>(name: string, step: () => Promise<T>): Promise<T> {
  const started = performance.now();
  try {
    return await step();
  } finally {
    timings.push({ name, ms: performance.now() - started });
  }
}

/** Runs a command to its end. Rejects when it fails. */
export function runTask(task: Task): Promise<void> {
  return timed(task.name, async () => {
    const [program, ...args] = task.command;
    const child = spawn(program, args, {
      cwd: task.cwd ?? root,
      env: { ...process.env, ...task.env },
      stdio: ['ignore', task.live ? 'inherit' : 'pipe', task.live ? 'inherit' : 'pipe'],
    });
    const output: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    process.stdout.write(`\n── ${task.name}: ${code === 0 ? 'ok' : `failed (exit ${code})`}\n${Buffer.concat(output)}`);
    if (code !== 0) throw new Error(`${task.name} failed`);
  });
}

/** Runs steps one after another, all of them, and then rejects if any failed. */
export async function inOrder(...steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => failures.push(error));
  if (failures.length > 0)
    throw new AggregateError(failures, failures.map((failure) => (failure as Error).message).join(', '));
}

/** The steps that took longest, for whoever wants to make the run shorter. */
export function printSlowest(count: number): void {
  const slowest = [...timings].sort((a, b) => b.ms - a.ms).slice(0, count);
  const rows = slowest.map(({ name, ms }) => `  ${(ms / 1000).toFixed(1).padStart(7)} s  ${name}`);
  process.stdout.write(`\nslowest parts:\n${rows.join('\n')}\n`);
}
