import { type Logger, startRecurring } from '@tributary/service';
import type { Inbox } from './inbox.ts';

export interface InboxRetentionOptions {
  inbox: Pick<Inbox, 'forgetBefore'>;
  /** How long a command and its idempotency key are remembered, in milliseconds. */
  retentionMs: number;
  /** How often expired entries are looked for, in milliseconds. Default: one minute. */
  intervalMs?: number;
  /** UTC milliseconds. */
  nowMs: () => number;
  logger: Logger;
}

/** So small that a deletion never holds up a batch of commands for long. */
const ENTRIES_AT_ONCE = 1_000;

/** Forgets commands whose time is over, now and then. */
export function startInboxRetention(options: InboxRetentionOptions): { stop(): Promise<void> } {
  const { intervalMs = 60_000, logger } = options;
  return startRecurring({
    run: (signal) => forgetExpired(options, signal),
    everyMs: intervalMs,
    onFailure: (error, retryInMs) => logger.warn({ err: error, retryInMs }, 'expired commands could not be forgotten'),
  });
}

async function forgetExpired({ inbox, retentionMs, nowMs, logger }: InboxRetentionOptions, signal: AbortSignal) {
  let forgotten = 0;
  for (let count = ENTRIES_AT_ONCE; count === ENTRIES_AT_ONCE && !signal.aborted; forgotten += count)
    count = await inbox.forgetBefore(nowMs() - retentionMs, ENTRIES_AT_ONCE);
  if (forgotten > 0) logger.info({ commands: forgotten }, 'forgot expired commands');
}
