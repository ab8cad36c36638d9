import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchProcess } from '../usage.ts';

/** A process of the benchmark that does as it is told. */
export interface Child extends BenchProcess {
  /** Has it do one of the things that it offers. Rejects with what went wrong there, or with its output when it ends. */
  ask<T>(command: string, argument?: unknown): Promise<T>;
  stop(): Promise<void>;
}

export interface ChildOptions {
  readonly name: string;
  /** Relative to this folder. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly flags?: readonly string[];
  /** Told of what it tells unasked. */
  onNotice?(notice: unknown): void;
}

export type FromChild = { notice: unknown } | { id: number; value?: unknown; error?: string };
export interface ToChild {
  readonly id: number;
  readonly command: string;
  readonly argument: unknown;
}

/** Starts a process and waits until it offers what it does. */
export async function startChild({ name, file, args = [], flags = [], onNotice }: ChildOptions): Promise<Child> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), [...args], {
    execArgv: ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning', ...flags],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    serialization: 'advanced',
  });
  const output: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));

  const open = new Map<number, PromiseWithResolvers<unknown>>();
  const started = Promise.withResolvers<unknown>();
  started.promise.catch(() => {}); // asked for below
  open.set(0, started);
  child.on('message', (message: FromChild) => {
    if ('notice' in message) return onNotice?.(message.notice);
    const { id, value, error } = message;
    const asked = open.get(id);
    open.delete(id);
    if (error === undefined) asked?.resolve(value);
    else asked?.reject(new Error(`${name}: ${error}`));
  });
  const exited = new Promise<void>((resolve) => {
    const end = (how: unknown) => {
      const text = Buffer.concat(output).toString().slice(-4_000);
      for (const asked of open.values()) asked.reject(new Error(`${name} ended (${how}):\n${text}`));
      resolve();
    };
    child.once('exit', (code, signal) => end(code ?? signal));
    child.once('error', end); // it could not be started
  });
  await started.promise;

  let asks = 0;
  return {
    name,
    pid: child.pid as number,
    ask(command, argument) {
      asks += 1;
      const asked = Promise.withResolvers<unknown>();
      open.set(asks, asked);
      child.send({ id: asks, command, argument } satisfies ToChild);
      return asked.promise as Promise<never>;
    },
    async stop() {
      if (child.connected) child.disconnect();
      await exited;
    },
  };
}
