import { listenerOf } from './listener.ts';

const ANSWER_TIMEOUT_MS = 2_000;

/**
 * Who a server says it is that has no word of its own for it: the id of the process that holds the port.
 * @param health answers 200 when the server can do its job
 */
export async function whoServes(port: number, health: string): Promise<string> {
  const answer = await fetch(health, { signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`${health} answered ${answer.status}`);
  return String((await listenerOf(port)) ?? 'a process of another user');
}
