import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, type ReadinessCheck, readinessOf } from '@tributary/service';

const LOOK_EVERY_MS = 50;
const TELL_EVERY_MS = 3_000;

/** Waits until every part can do its job, and says now and then what is missing. Rejects when aborted. */
export async function untilReady(
  checks: readonly ReadinessCheck[],
  logger: Logger,
  signal: AbortSignal,
): Promise<void> {
  let toldMs = performance.now();
  for (;;) {
    const { ready, checks: answers } = await readinessOf(checks);
    if (ready) return;
    if (performance.now() - toldMs >= TELL_EVERY_MS) {
      const missing = Object.entries(answers).filter(([, answer]) => answer !== 'ok');
      logger.warn({ missing: missing.map(([name, answer]) => `${name} ${answer}`) }, 'still starting');
      toldMs = performance.now();
    }
    await delay(LOOK_EVERY_MS, undefined, { signal });
  }
}
