import { setTimeout as delay } from 'node:timers/promises';
import { ImportError } from '../problem.ts';
import type { Trouble } from './answer.ts';

const FIRST_MS = 100;
const LONGEST_MS = 5_000;

/** How long an import goes on without an answer. Shared by all that is in flight. */
export interface Patience {
  /** An answer came that settles something. */
  progress(): void;
  /**
   * Waits before the next attempt, longer with each one, with jitter.
   * @param attempt from 1
   * @throws ImportError when nothing has been settled for too long
   */
  pause(trouble: Trouble, attempt: number, stopping: AbortSignal): Promise<void>;
  /** Why nothing goes on just now; null when it does. */
  trouble(): string | null;
}

export function createPatience(giveUpAfterMs: number): Patience {
  let lastProgressMs = performance.now();
  let current: string | null = null;
  return {
    progress() {
      lastProgressMs = performance.now();
      current = null;
    },
    async pause({ reason, retryAfterMs }, attempt, stopping) {
      current = reason;
      const silentMs = performance.now() - lastProgressMs;
      if (silentMs > giveUpAfterMs)
        throw new ImportError(`given up after ${Math.round(silentMs / 1_000)} s without any progress: ${reason}`);
      const backOffMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
      const waitMs = Math.max(retryAfterMs, backOffMs * (0.5 + Math.random() / 2));
      await delay(Math.min(waitMs, giveUpAfterMs), undefined, { signal: stopping }).catch(() => {});
    },
    trouble: () => current,
  };
}
