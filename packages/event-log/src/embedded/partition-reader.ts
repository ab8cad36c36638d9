import { EventLogError, type LogRecord } from '../event-log.ts';

export interface PartitionReaderOptions {
  from: bigint;
  /** The next records of the partition. May throw, as a disk does. */
  read(from: bigint): readonly LogRecord[];
  /** Handles records in order. When it rejects, the same records come again after a pause. */
  handle(records: readonly LogRecord[]): Promise<void> | void;
  /** Called with the reason before a pause. */
  onFailure?(error: unknown, delayMs: number): void;
  /** Called when the records cannot be read, however often that is tried: nothing more will come. */
  onUnreadable(reason: EventLogError): void;
}

/** Reads one partition from a position on, and waits at its end until it is woken. */
export interface PartitionReader {
  position(): bigint;
  /** False while records cannot be read. */
  isReading(): boolean;
  wake(): void;
  /** Resolves when the records in hand are handled, or at once when their handling waits to be tried again. */
  stop(): Promise<void>;
}

const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5_000;
/** About 3 s: a disk that is back by then has cost a pause, no more. */
const READ_ATTEMPTS = 7;

export function readPartition(options: PartitionReaderOptions): PartitionReader {
  const { from, handle, onFailure, onUnreadable } = options;
  let position = from;
  let stopped = false;
  let isReading = true;
  let wakeUp = Promise.withResolvers<void>();

  async function run(): Promise<void> {
    while (!stopped) {
      const records = await read();
      if (records === null) return;
      const last = records.at(-1);
      if (last === undefined) {
        await wakeUp.promise;
        wakeUp = Promise.withResolvers();
      } else if (await handled(records)) position = last.offset + 1n;
    }
  }

  /** Null when nothing more can be read, or is wanted. */
  async function read(): Promise<readonly LogRecord[] | null> {
    for (let attempt = 1; !stopped; attempt += 1) {
      try {
        const records = options.read(position);
        isReading = true;
        return records;
      } catch (error) {
        isReading = false;
        if (attempt === READ_ATTEMPTS) {
          onUnreadable(new EventLogError('UNAVAILABLE', 'the event log cannot be read', { cause: error }));
          return null;
        }
        await pauseAfter(error, FIRST_DELAY_MS * 2 ** (attempt - 1));
      }
    }
    return null;
  }

  async function handled(records: readonly LogRecord[]): Promise<boolean> {
    for (let delayMs = FIRST_DELAY_MS; !stopped; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
      try {
        await handle(records);
        return true;
      } catch (error) {
        await pauseAfter(error, delayMs);
      }
    }
    return false;
  }

  let endPause: (() => void) | undefined;
  function pauseAfter(error: unknown, delayMs: number): Promise<void> {
    const jitteredMs = delayMs * (0.5 + Math.random());
    onFailure?.(error, jitteredMs);
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, jitteredMs);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const running = run();
  return {
    position: () => position,
    isReading: () => isReading,
    wake: () => wakeUp.resolve(),
    async stop() {
      stopped = true;
      wakeUp.resolve();
      endPause?.();
      await running;
    },
  };
}
