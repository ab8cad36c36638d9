import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './logger.ts';

export interface StartUpOptions {
  logger: Logger;
  /** Gives up when aborted. */
  signal: AbortSignal;
  /** Whether an error is one that waiting cannot mend; then it is thrown. */
  isPermanent?(error: unknown): boolean;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/** Tries until the dependency answers, with growing pauses, and says what it waits for. Rejects when aborted or when waiting cannot help. */
export async function untilUp<T>(
  dependency: string,
  attempt: () => Promise<T>,
  { logger, signal, isPermanent }: StartUpOptions,
): Promise<T> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (isPermanent?.(error)) throw error;
      const reason = error instanceof Error ? error.message || error.name : String(error);
      logger.warn({ dependency, reason, retryInMs: delayMs }, `waiting for ${dependency}`);
      await delay(delayMs * (0.75 + Math.random() / 2), undefined, { signal });
    }
  }
}
