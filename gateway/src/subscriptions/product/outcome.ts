import { setTimeout as delay } from 'node:timers/promises';
import type { CommandView } from '@tributary/product';
import type { Execute } from '../../operations.ts';
import type { RequestContext } from '../../supergraph/request-context.ts';

export interface FindOutcomeOptions {
  readonly commandId: string;
  readonly execute: Execute;
  readonly context: Pick<RequestContext, 'requestId' | 'trace'>;
  /** Ends the search. */
  readonly signal: AbortSignal;
}

const QUERY = `query CommandOutcome($id: ID!) {
  command(id: $id) { id state productId version rejection { code message field currentVersion } }
}`;

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 10_000;

/**
 * Asks the graph for the command until it has an outcome, with growing pauses: the outcome may have come before anyone
 * listened. Null when nothing can be known of the command. Rejects when the signal is aborted.
 */
export async function findOutcome({
  commandId,
  execute,
  context,
  signal,
}: FindOutcomeOptions): Promise<CommandView | null> {
  const { requestId, trace } = context;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_DELAY_MS)) {
    const { data, errors } = await execute({
      query: QUERY,
      operationName: 'CommandOutcome',
      variables: { id: commandId },
      requestId,
      trace,
    });
    const command = data?.command as CommandView | null | undefined;
    if (command && command.state !== 'PENDING') return command;
    if (!command && errors.length === 0) return null;
    await delay(delayMs * (0.75 + Math.random() / 2), undefined, { signal });
  }
}
