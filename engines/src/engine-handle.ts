import type { EngineName } from './engine.ts';
import { EngineError } from './errors.ts';
import { engineOf, type Home, lockFileOf, type Runner } from './home.ts';
import { withLock } from './lock.ts';

/** One running engine, for tests that break it. Break one engine in one way at a time. */
export interface EngineHandle {
  readonly name: EngineName;
  readonly port: number;
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

export function createHandle(name: EngineName, { home, runner, stopped }: HandleOptions): EngineHandle {
  function refuseWhenStopped(): void {
    if (stopped()) throw new EngineError('STOPPED', `${name}: the set that it belongs to has been stopped`);
  }
  return {
    name,
    port: home.ports[name],
    address: engineOf(name).address(home.ports[name]),
    logFile: runner.logFile(name),
    pid: () => runner.pid(name),
    kill: (signal = 'SIGKILL') => runner.kill(name, signal),
    freeze: () => runner.kill(name, 'SIGSTOP'),
    thaw: () => runner.kill(name, 'SIGCONT'),
    async restart() {
      refuseWhenStopped(); // here too: taking the lock would make the set's folder anew
      const again = async () => {
        refuseWhenStopped();
        await runner.down([name]);
        await runner.up([name]);
      };
      await withLock(lockFileOf(home), again, { report: () => {} });
    },
  };
}
