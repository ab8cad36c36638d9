import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface StepOptions {
  readonly command: readonly [program: string, ...args: string[]];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly onLine: (line: string, stream: 'stdout' | 'stderr') => void;
  /** Ends it when aborted. */
  readonly signal: AbortSignal;
}

/** Runs a command of the project to its end and tells whether it did what it should. */
export async function runStep({ command, cwd, env, onLine, signal }: StepOptions): Promise<boolean> {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], signal });
  child.on('error', (error) => {
    if (!signal.aborted) onLine(error.message, 'stderr');
  });
  for (const stream of ['stdout', 'stderr'] as const)
    createInterface({ input: child[stream] }).on('line', (line) => onLine(line, stream));
  const [code] = (await once(child, 'close').catch(() => [null])) as [number | null];
  return code === 0;
}
