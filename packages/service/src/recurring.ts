import { setTimeout as delay } from 'node:timers/promises';

export interface RecurringOptions {
  /** Does the work once; given up when `signal` is aborted. */
  run(signal: AbortSignal): Promise<unknown>;
  /** From the end of one run to the begin of the next, in milliseconds. */
  everyMs: number | (() => number);
  /** Told of a failed run, which is repeated after `retryInMs`. */
  onFailure(error: unknown, retryInMs: number): void;
}

/** Work that is done over and over in the background. */
export interface Recurring {
  /** Has it done as soon as the run in hand has ended. */
  soon(): void;
  /** Waits for the run in hand; none follows. */
  stop(): Promise<void>;
}

const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;

/** Starts recurring work at once. After failures it pauses for longer and longer, up to 5 s. */
export function startRecurring({ run, everyMs, onFailure }: RecurringOptions): Recurring {
  const stopping = new AbortController();
  const { signal } = stopping;
  let wake = Promise.withResolvers<void>();

  async function pause(ms: number, orUntil?: Promise<void>): Promise<void> {
    const ended = new AbortController();
    const slept = delay(ms, undefined, { signal: AbortSignal.any([ended.signal, signal]) }).catch(() => {});
    await Promise.race(orUntil ? [slept, orUntil] : [slept]);
    ended.abort();
  }

  async function repeat(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (!signal.aborted) {
      wake = Promise.withResolvers();
      try {
        await run(signal);
        retryMs = FIRST_RETRY_MS;
        await pause(typeof everyMs === 'number' ? everyMs : everyMs(), wake.promise);
      } catch (error) {
        if (signal.aborted) return;
        const retryInMs = Math.round(retryMs * (0.75 + Math.random() / 2));
        onFailure(error, retryInMs);
        retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
        await pause(retryInMs);
      }
    }
  }
  const running = repeat();

  return {
    soon: () => wake.resolve(),
    stop() {
      stopping.abort();
      return running;
    },
  };
}
