import type { Replica } from '@tributary/e2e';
import { readOutcomes } from '../evidence/read-side.ts';

/** The first replica that is not ready, and why; null when all are. */
export async function notReady(replicas: readonly Replica[]): Promise<string | null> {
  for (const { name, adminUrl } of replicas) {
    const response = await fetch(`${adminUrl}/readyz`, { signal: AbortSignal.timeout(5_000) }).catch(() => null);
    if (response === null) return `${name} does not answer`;
    if (!response.ok) return `${name} is not ready: ${await response.text()}`;
    await response.body?.cancel();
  }
  return null;
}

/** Remembers which commands have an outcome that can be read, and so asks for each until it has one. */
export function createSettled(gateway: string) {
  const settled = new Set<string>();
  return {
    /** How many of the commands have no readable outcome, in words; null when all have one. */
    async missing(commandIds: readonly string[]): Promise<string | null> {
      const open = commandIds.filter((id) => !settled.has(id));
      for (const { commandId, answer } of await readOutcomes(gateway, open))
        if (answer !== null && answer !== 'PENDING') settled.add(commandId);
      const missing = open.filter((id) => !settled.has(id));
      return missing.length === 0 ? null : `${missing.length} commands have no outcome, such as ${missing[0]}`;
    },
  };
}
