import { setTimeout as delay } from 'node:timers/promises';

type Missing = null | undefined | false;

/**
 * Waits until something is so, or there, and gives what it is.
 * Rejects with what was waited for when it does not come within `deadlineMs`, 10 s unless told otherwise.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  deadlineMs = 10_000,
): Promise<Exclude<T, Missing>> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found as Exclude<T, Missing>;
    if (performance.now() > deadline) throw new Error(`waited ${deadlineMs} ms in vain until ${what}`);
    await delay(5);
  }
}
