/** The longest that a timer can wait, in milliseconds. */
const LONGEST_MS = 2_147_483_647;

/** Calls back after a time, in milliseconds, or as late as a timer can; at once for a time that has passed. */
export function startTimer(callback: () => void, ms: number): NodeJS.Timeout {
  return setTimeout(callback, Math.min(Math.max(0, ms), LONGEST_MS));
}

/** A lifetime, in milliseconds, that ends a little before: so that not all who came together come again together. */
export function shortened(lifetimeMs: number): number {
  return lifetimeMs * (0.9 + Math.random() / 10);
}
