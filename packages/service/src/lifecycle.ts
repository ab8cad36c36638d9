import type { Logger } from './logger.ts';

/** What has been started and must be stopped, in reverse order of start. */
export interface Lifecycle {
  /** Remembers how to stop what was just started. */
  onStop(name: string, stop: () => Promise<unknown> | unknown): void;
  /** Stops everything once, the last started first; a stop that fails or is late is logged and the next one follows. */
  stop(): Promise<void>;
  /** Aborted when the stop begins: whatever waits at start-up gives up. */
  readonly stopping: AbortSignal;
}

export interface LifecycleOptions {
  logger: Logger;
  /** For all stops together, in milliseconds. */
  timeoutMs: number;
}

export function createLifecycle({ logger, timeoutMs }: LifecycleOptions): Lifecycle {
  const started: { name: string; stop: () => Promise<unknown> | unknown }[] = [];
  const controller = new AbortController();
  let stopped: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    controller.abort();
    const deadline = Date.now() + timeoutMs;
    for (let resource = started.pop(); resource; resource = started.pop()) {
      try {
        await within(Math.max(deadline - Date.now(), 100), resource.stop);
        logger.debug({ resource: resource.name }, 'stopped');
      } catch (error) {
        logger.warn({ resource: resource.name, err: error }, 'did not stop cleanly');
      }
    }
  }

  return {
    stopping: controller.signal,
    onStop(name, stop) {
      started.push({ name, stop });
    },
    stop() {
      stopped ??= stopAll();
      return stopped;
    },
  };
}

async function within(ms: number, stop: () => Promise<unknown> | unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still not stopped after ${ms} ms`)), ms);
  });
  try {
    await Promise.race([Promise.resolve().then(stop), late]);
  } finally {
    clearTimeout(timer);
  }
}
