import type { AnyEngineName, ServerName } from './engine.ts';
import { EngineError } from './errors.ts';
import { engineOf, type Home, lockFileOf, placeOf, type Runner } from './home.ts';
import { withLock } from './lock.ts';

/** One running engine, for tests that break it. Break one engine in one way at a time. */
export interface EngineHandle {
  readonly name: AnyEngineName;
  readonly port: number;
  /** Comma-separated when it stands for several brokers, whose first has the port, process id and log file. */
  readonly address: string;
  /** Undefined when it runs as a container or has ended. */
  pid(): Promise<number | undefined>;
  /** Undefined when it runs as a container. */
  readonly logFile: string | undefined;
  /**
   * Sends a signal (default `SIGKILL`) to all its processes; resolves when they have ended, or at once for signals
   * that end nothing. Does nothing to an engine that does not run.
   */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Stops all its processes where they are (`SIGSTOP`): connections stay open, nothing answers. */
  freeze(): Promise<void>;
  /** Lets a frozen engine go on (`SIGCONT`). */
  thaw(): Promise<void>;
  /**
   * Stops it in good order if it runs, frozen or not, starts it again on the same port and data and resolves when it
   * answers. Rejects with `EngineError`: `STOPPED` after the set's `stop`, `START_FAILED` when it is killed meanwhile.
   */
  restart(): Promise<void>;
}

export interface HandleOptions {
  readonly home: Home;
  readonly runner: Runner;
  /** Whether the set was told to stop: from then on nothing would end what is started. */
  readonly stopped: () => boolean;
}

/** A handle for one server of an engine, or for several that are broken together. */
export function createHandle(
  servers: readonly [ServerName, ...ServerName[]],
  { home, runner, stopped }: HandleOptions,
): EngineHandle {
  const [first] = servers;
  const { name, address } = engineOf(first);
  const ports = servers.map((server) => placeOf(home, server).port) as [number, ...number[]];

  async function send(signal: NodeJS.Signals): Promise<void> {
    await Promise.all(servers.map((server) => runner.kill(server, signal)));
  }
  function refuseWhenStopped(): void {
    if (stopped()) throw new EngineError('STOPPED', `${name}: the set that it belongs to has been stopped`);
  }
  return {
    name,
    port: ports[0],
    address: ports.map(address).join(','),
    logFile: runner.logFile(first),
    pid: () => runner.pid(first),
    kill: (signal = 'SIGKILL') => send(signal),
    freeze: () => send('SIGSTOP'),
    thaw: () => send('SIGCONT'),
    async restart() {
      refuseWhenStopped(); // here too: taking the lock would make the set's folder anew
      const again = async () => {
        refuseWhenStopped();
        await runner.down(servers);
        await runner.up(servers);
      };
      await withLock(lockFileOf(home), again, { report: () => {} });
    },
  };
}
