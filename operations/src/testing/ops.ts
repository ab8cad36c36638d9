import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Ended {
  exitCode: number | null;
  stdout: string;
  stderr: string;
}

export interface OpsOptions {
  env?: Record<string, string>;
  /** Called once it runs, to disturb it. */
  onStart?: (child: ChildProcess) => void;
}

/** Runs the command line as an operator's script does, without a terminal, to its end. */
export function ops(args: readonly string[], { env = {}, onStart }: OpsOptions = {}): Promise<Ended> {
  const flags = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning'];
  const child = spawn(process.execPath, [...flags, `${root}operations/src/main.ts`, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      printed[stream] += text;
    });
  onStart?.(child);
  return new Promise((resolve) => child.once('close', (exitCode) => resolve({ exitCode, ...printed })));
}
