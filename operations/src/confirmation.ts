import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { exitCodes, OpsError } from './problem.ts';

export interface Asking {
  /** Where the answer comes from, and whether it is a person at a terminal. */
  input: Readable & { isTTY?: boolean };
  output: Writable & { isTTY?: boolean };
  /** Do not ask. */
  yes: boolean;
  signal: AbortSignal;
}

/**
 * Says what will happen and asks whether it shall.
 * @throws OpsError `NOT_CONFIRMED` when there is nobody to ask, exit code 2; `NOT_DONE` when the answer is not yes
 */
export async function confirm(what: string, { input, output, yes, signal }: Asking): Promise<void> {
  if (yes) return;
  if (input.isTTY !== true || output.isTTY !== true)
    throw new OpsError(
      'NOT_CONFIRMED',
      `${what}\nThere is no terminal to ask at: nothing was done. --yes does it without asking`,
      exitCodes.usage,
    );
  // Not as a terminal: so that Ctrl-C stays a signal.
  const lines = createInterface({ input, output, terminal: false });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const answer = await Promise.race([lines.question(`${what}\nGo on? [y/N] `, { signal }), closed]);
  lines.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw new OpsError('NOT_DONE', 'nothing was done');
}
