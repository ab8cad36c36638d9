import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from './logger.ts';

export interface StartUpOptions {
  logger: Logger;
  /** Gives up when aborted. */
  signal: AbortSignal;
}

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 5_000;

/** Tries until the dependency answers, with growing pauses, and says what it waits for. Rejects only when aborted. */
export async function untilUp<T>(
  dependency: string,
  attempt: () => Promise<T>,
  { logger, signal }: StartUpOptions,
): Promise<T> {
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    signal.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      const reason = error instanceof Error ? error.message || error.name : String(error);
      logger.warn({ dependency, reason, retryInMs: delayMs }, `waiting for ${dependency}`);
      await delay(delayMs * (0.75 + Math.random() / 2), undefined, { signal });
    }
  }
}
