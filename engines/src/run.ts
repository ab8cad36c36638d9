import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly timeoutMs?: number;
  /** Receives each line of both outputs as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface Finished {
  readonly ok: boolean;
  /** Both outputs, as they came. */
  readonly output: string;
}

/** Runs a program to its end. Rejects only when it cannot be started (`ENOENT`, …). */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    ...options.user,
    timeout: options.timeoutMs,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      options.onLine?.(line);
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { ok: code === 0, output: lines.join('\n') };
}

/** The end of an output, for an error message. */
export function lastLines(output: string, count: number): string {
  return output.trimEnd().split('\n').slice(-count).join('\n');
}
