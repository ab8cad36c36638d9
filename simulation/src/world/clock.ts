import { createRequire, syncBuiltinESMExports } from 'node:module';

/** What stands in for the system's time and chance while a simulation runs. */
export interface VirtualClock {
  /** UTC milliseconds. */
  nowMs(): number;
  random(): number;
  /** Calls back after `ms`; the answer takes it back. */
  after(ms: number, callback: () => void): () => void;
}

let active: VirtualClock | null = null;

const real = {
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  dateNow: Date.now,
  random: Math.random,
  performanceNow: performance.now.bind(performance),
};
const timers = createRequire(import.meta.url)('node:timers/promises') as { setTimeout: typeof delay };
const realDelay = timers.setTimeout;

/** A timer as `setTimeout` answers it. */
interface VirtualTimer {
  cancel(): void;
  unref(): VirtualTimer;
  ref(): VirtualTimer;
}

/**
 * Puts a virtual clock in the place of `Date.now`, `performance.now`, `Math.random`, `setTimeout` and its promise for all the code of
 * this process, until the answer is called. One at a time.
 */
export function useClock(clock: VirtualClock): () => void {
  if (active) throw new Error('another simulation runs in this process');
  active = clock;
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // most of what fails here does so on purpose, often
  return () => {
    active = null;
    Error.stackTraceLimit = stackTraceLimit;
  };
}

function delay(ms?: number, value?: unknown, options?: { signal?: AbortSignal }): Promise<unknown> {
  const clock = active;
  if (!clock) return realDelay(ms, value, options);
  return new Promise((resolve, reject) => {
    const signal = options?.signal;
    const aborted = () => {
      cancel();
      reject(new DOMException('the wait was aborted', 'AbortError'));
    };
    const cancel = clock.after(ms ?? 1, () => {
      signal?.removeEventListener('abort', aborted);
      resolve(value);
    });
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted, { once: true });
  });
}

function setVirtualTimeout(callback: (...args: unknown[]) => void, ms?: number, ...args: unknown[]): unknown {
  if (!active) return real.setTimeout(callback, ms, ...args);
  const cancel = active.after(ms ?? 1, () => callback(...args));
  const timer: VirtualTimer = { cancel, unref: () => timer, ref: () => timer };
  return timer;
}

function clearVirtualTimeout(timer: unknown): void {
  if (timer && typeof timer === 'object' && 'cancel' in timer) (timer as VirtualTimer).cancel();
  else real.clearTimeout(timer as NodeJS.Timeout);
}

// Once for the life of the process: without an active clock all of them are what they were.
globalThis.setTimeout = setVirtualTimeout as typeof globalThis.setTimeout;
globalThis.clearTimeout = clearVirtualTimeout as typeof globalThis.clearTimeout;
Date.now = () => (active ? active.nowMs() : real.dateNow());
Math.random = () => (active ? active.random() : real.random());
performance.now = () => (active ? active.nowMs() : real.performanceNow());
timers.setTimeout = delay;
// So that `import { setTimeout } from 'node:timers/promises'` sees it too.
syncBuiltinESMExports();
