import type { LogRecord } from '../event-log.ts';

export interface PartitionReaderOptions {
  from: bigint;
  read(from: bigint): readonly LogRecord[];
  /** Handles records in order. When it rejects, the same records come again after a pause. */
  handle(records: readonly LogRecord[]): Promise<void> | void;
  /** Called with the reason before a pause. */
  onFailure?(error: unknown, delayMs: number): void;
}

/** Reads one partition from a position on, and waits at its end until it is woken. */
export interface PartitionReader {
  position(): bigint;
  wake(): void;
  /** Resolves when the records in hand are handled, or at once when their handling waits to be tried again. */
  stop(): Promise<void>;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5_000;

export function readPartition({ from, read, handle, onFailure }: PartitionReaderOptions): PartitionReader {
  let position = from;
  let stopped = false;
  let wakeUp = Promise.withResolvers<void>();

  async function run(): Promise<void> {
    while (!stopped) {
      const records = read(position);
      const last = records.at(-1);
      if (last === undefined) {
        await wakeUp.promise;
        wakeUp = Promise.withResolvers();
      } else if (await handled(records)) position = last.offset + 1n;
    }
  }

  async function handled(records: readonly LogRecord[]): Promise<boolean> {
    for (let delayMs = FIRST_DELAY_MS; !stopped; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
      try {
        await handle(records);
        return true;
      } catch (error) {
        const jitteredMs = delayMs * (0.5 + Math.random());
        onFailure?.(error, jitteredMs);
        await pause(jitteredMs);
      }
    }
    return false;
  }

  let endPause: (() => void) | undefined;
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const running = run();
  return {
    position: () => position,
    wake: () => wakeUp.resolve(),
    async stop() {
      stopped = true;
      wakeUp.resolve();
      endPause?.();
      await running;
    },
  };
}
