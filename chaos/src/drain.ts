import { setTimeout as delay } from 'node:timers/promises';
import { type Entry, isChange } from './history/entry.ts';
import type { ChaosSystem } from './systems/system.ts';

const POLL_MS = 250;

/**
 * Waits until all is ready and all work is done.
 * @returns what is still pending at the deadline; null when nothing is
 */
export async function drain(
  system: Pick<ChaosSystem, 'pending'>,
  history: readonly Entry[],
  deadlineMs: number,
  report: (pending: string) => void,
): Promise<string | null> {
  const acknowledged = acknowledgedCommands(history);
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    const pending = await system.pending(acknowledged).catch((error: Error) => `cannot be told: ${error.message}`);
    if (pending === null || performance.now() > deadline) return pending;
    report(pending);
    await delay(POLL_MS);
  }
}

/** The commands whose id was returned without an error. */
function acknowledgedCommands(history: readonly Entry[]): string[] {
  const ids = history.flatMap(({ operation, answer }) =>
    isChange(operation) && answer.kind === 'told' && answer.commandId !== null ? [answer.commandId] : [],
  );
  return [...new Set(ids)];
}
