import { setTimeout as delay } from 'node:timers/promises';
import { startRecurring } from '@tributary/service';
import { type GenerationsLease, type ReadModel, ReadModelError } from './read-model/read-model.ts';

/** A process that says nothing for so long has died. */
export const LEASE_MS = 10_000;
const RENEW_EVERY_MS = LEASE_MS / 4;
const ASK_EVERY_MS = 100;

/**
 * Runs what changes the generations, with the right to do so, which is kept until it ends.
 * @param waitMs how long to wait while another process has it
 * @param run is given up by the signal when the right is lost
 * @returns what it gave, or null when another process has the right
 */
export async function withLease<T>(
  readModel: ReadModel,
  { waitMs, signal }: { waitMs: number; signal: AbortSignal },
  run: (lease: GenerationsLease, signal: AbortSignal) => Promise<T>,
): Promise<{ result: T } | null> {
  const lease = await take(readModel, waitMs, signal);
  if (lease === null) return null;
  const lost = new AbortController();
  const renewing = startRecurring({
    run: () => lease.renew(),
    everyMs: RENEW_EVERY_MS,
    onFailure(error) {
      // A store that does not answer now may do so before the time is over.
      if (error instanceof ReadModelError && error.code === 'UNAVAILABLE') return;
      lost.abort(error);
    },
  });
  try {
    return { result: await run(lease, AbortSignal.any([signal, lost.signal])) };
  } finally {
    await renewing.stop();
    await lease.release().catch(() => {}); // it ends all the same
  }
}

async function take(readModel: ReadModel, waitMs: number, signal: AbortSignal): Promise<GenerationsLease | null> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lease = await readModel.takeLease(LEASE_MS);
    if (lease !== null || performance.now() >= deadline) return lease;
    await delay(ASK_EVERY_MS, undefined, { signal });
  }
}
