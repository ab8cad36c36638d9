import { type ReadinessCheck, readinessOf } from '@tributary/service';
import type { Answer } from './answer.ts';
import type { HealthBody } from './schemas.ts';

const FRESH_MS = 1_000;

/**
 * The health of each part by its name. What exactly is missing is for operators, at the admin port; many callers at
 * once cost one round of checks.
 */
export function createHealth(checks: readonly ReadinessCheck[], now: () => number = Date.now): () => Promise<Answer> {
  let latest: { readonly at: number; readonly answer: Promise<Answer> } | undefined;
  return () => {
    if (latest === undefined || now() - latest.at >= FRESH_MS) latest = { at: now(), answer: healthAnswer(checks) };
    return latest.answer;
  };
}

async function healthAnswer(checks: readonly ReadinessCheck[]): Promise<Answer> {
  const readiness = await readinessOf(checks);
  const body: HealthBody = {
    status: readiness.ready ? 'ok' : 'unavailable',
    checks: Object.fromEntries(
      Object.entries(readiness.checks).map(([name, answer]) => [name, answer === 'ok' ? 'ok' : 'unavailable']),
    ),
  };
  return { status: readiness.ready ? 200 : 503, headers: { 'cache-control': 'no-store' }, body };
}
