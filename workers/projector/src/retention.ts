import { type Logger, startRecurring } from '@tributary/service';
import type { ReadModel } from './product/read-model/read-model.ts';

export interface OutcomeRetentionOptions {
  readModel: ReadModel;
  /** How long the outcome of a command is kept, in milliseconds. */
  retentionMs: number;
  /** How often expired outcomes are looked for, in milliseconds. Default: one minute. */
  everyMs?: number;
  /** UTC milliseconds. */
  nowMs: () => number;
  logger: Logger;
}

/** So small that a removal never holds up a batch of events for long. */
const OUTCOMES_AT_ONCE = 1_000;

/** Removes outcomes whose time is over, now and then. */
export function startOutcomeRetention(options: OutcomeRetentionOptions): { stop(): Promise<void> } {
  const { readModel, retentionMs, everyMs = 60_000, nowMs, logger } = options;
  return startRecurring({
    async run(signal) {
      if ((await readModel.positions()) === null) return;
      let removed = OUTCOMES_AT_ONCE;
      while (removed === OUTCOMES_AT_ONCE && !signal.aborted)
        removed = await readModel.removeOutcomes(nowMs() - retentionMs, OUTCOMES_AT_ONCE);
    },
    everyMs,
    onFailure: (error, retryInMs) => logger.warn({ err: error, retryInMs }, 'expired outcomes could not be removed'),
  });
}
