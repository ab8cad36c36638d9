export interface AskingOptions<Outcome> {
  /** Whether the outcome may have passed unseen, as far as is known now. */
  mayHavePassed(): boolean;
  /** Null when no outcome is known yet. */
  ask(signal: AbortSignal): Promise<Outcome | null>;
  /** Ends the asking. */
  signal: AbortSignal;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/**
 * Asks with growing pauses for an outcome that may have passed unseen, from the moment that it may. A question
 * that fails is asked again.
 * @returns the outcome, or null when `signal` ended the asking
 */
export async function askUntilKnown<Outcome>({
  mayHavePassed,
  ask,
  signal,
}: AskingOptions<Outcome>): Promise<Outcome | null> {
  let doubtful = mayHavePassed();
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    await pause(pauseMs * (0.75 + Math.random() / 2), signal);
    if (signal.aborted) return null;
    doubtful ||= mayHavePassed();
    if (!doubtful) continue;
    const outcome = await ask(signal).catch(() => null);
    if (outcome !== null) return outcome;
  }
}

/** Every command that is waited for ends such a pause: the one of node:timers/promises makes an error with a stack each time. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
  });
}
