import { type ServiceProcess, startProcess, untilReady } from './processes.ts';

export interface ReplicaOptions {
  /** Such as `writer`. */
  service: string;
  /** Such as `writer-0`. */
  name: string;
  /** Its `main.ts`, from the project's root. */
  main: string;
  adminPort: number;
  env: Record<string, string>;
  args?: readonly string[];
}

/**
 * One replica of a service: a process that can be broken, and started again as it was. As a `ServiceProcess` it stands
 * for the process that was started last; `output` is that of all.
 */
export interface Replica extends ServiceProcess {
  /** Such as `writer`. */
  readonly service: string;
  readonly adminUrl: string;
  /** Stops it where it is (`SIGSTOP`): its connections stay open, and nothing answers. */
  freeze(): void;
  /** Lets it go on (`SIGCONT`). */
  thaw(): void;
  /** Kills the process if it still runs, and starts another on the same ports and settings. Does not wait until it is ready. */
  restart(): Promise<void>;
  /** Whether a process of it runs, frozen or not. */
  isRunning(): boolean;
  /** Resolves when it says that it can do its job; rejects with its log when it ends or takes too long. */
  ready(deadlineMs?: number): Promise<void>;
}

/** Starts a replica. */
export function startReplica({ service, name, main, adminPort, env, args = [] }: ReplicaOptions): Replica {
  const start = () => startProcess(name, main, env, args);
  let earlier = '';
  let current = start();

  function signal(name: NodeJS.Signals): void {
    if (current.isRunning()) process.kill(current.pid, name);
  }

  return {
    service,
    name,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    get pid() {
      return current.pid;
    },
    output: () => earlier + current.output(),
    isRunning: () => current.isRunning(),
    ended: (withinMs) => current.ended(withinMs),
    stop: () => current.stop(),
    kill: (name) => current.kill(name),
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    async restart() {
      await current.kill('SIGKILL');
      earlier += current.output();
      current = start();
    },
    ready: (deadlineMs) => untilReady(current, adminPort, deadlineMs),
  };
}
