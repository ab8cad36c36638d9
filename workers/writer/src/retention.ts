import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@tributary/service';
import type { Database } from './database/database.ts';
import { forgetBefore } from './inbox.ts';

export interface InboxRetentionOptions {
  database: Database;
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
  const stopping = new AbortController();

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await forgetExpired(options, stopping.signal);
      } catch (error) {
        logger.warn({ err: error }, 'expired commands could not be forgotten: it is tried again later');
      }
      await delay(intervalMs, undefined, { signal: stopping.signal }).catch(() => {});
    }
  }
  const running = run();

  return {
    stop() {
      stopping.abort();
      return running;
    },
  };
}

async function forgetExpired({ database, retentionMs, nowMs, logger }: InboxRetentionOptions, signal: AbortSignal) {
  let forgotten = 0;
  for (let count = ENTRIES_AT_ONCE; count === ENTRIES_AT_ONCE && !signal.aborted; forgotten += count)
    count = await forgetBefore(database, nowMs() - retentionMs, ENTRIES_AT_ONCE);
  if (forgotten > 0) logger.info({ commands: forgotten }, 'forgot expired commands');
}
