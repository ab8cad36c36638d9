import { setTimeout as delay } from 'node:timers/promises';

const DEADLINE_MS = 10_000;

/** Waits until a condition holds. Rejects with what was waited for when it does not in time. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${DEADLINE_MS} ms in vain until ${what}`);
    await delay(5);
  }
}
