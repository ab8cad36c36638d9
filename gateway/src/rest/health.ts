import { readinessOf } from '@tributary/service';
import type { Part } from '../routes.ts';
import type { Answer } from './answer.ts';
import type { HealthBody } from './schemas.ts';

const FRESH_MS = 1_000;

/**
 * The health of each part by its name. What exactly is missing is for operators, at the admin port; many callers at
 * once cost one round of checks.
 */
export function createHealth(parts: readonly Part[], now: () => number = Date.now): () => Promise<Answer> {
  let latest: { readonly at: number; readonly answer: Promise<Answer> } | undefined;
  return () => {
    if (latest === undefined || now() - latest.at >= FRESH_MS) latest = { at: now(), answer: healthAnswer(parts) };
    return latest.answer;
  };
}

async function healthAnswer(parts: readonly Part[]): Promise<Answer> {
  const answers = await Promise.all(parts.map(partHealth));
  const isWell = answers.every(({ status }) => status === 'ok');
  const body: HealthBody = { status: wordFor(isWell), parts: answers };
  return { status: isWell ? 200 : 503, headers: { 'cache-control': 'no-store' }, body };
}

async function partHealth({ name, checks }: Part): Promise<HealthBody['parts'][number]> {
  const readiness = await readinessOf(checks);
  const words = Object.entries(readiness.checks).map(([check, answer]) => [check, wordFor(answer === 'ok')] as const);
  return { name, status: wordFor(readiness.ready), checks: Object.fromEntries(words) };
}

function wordFor(isWell: boolean): 'ok' | 'unavailable' {
  return isWell ? 'ok' : 'unavailable';
}
