import { setTimeout as delay } from 'node:timers/promises';

const INTERVAL_MS = 200;
const ANSWER_TIMEOUT_MS = 2_000;

/** Waits until a process says that it can do its job, or the signal is aborted; tells which. */
export async function untilReady(url: string, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    const timeout = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    const answer = await fetch(url, { signal: timeout }).catch(() => null);
    await answer?.body?.cancel().catch(() => {});
    if (answer?.ok) return !signal.aborted;
    await delay(INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
  return false;
}
