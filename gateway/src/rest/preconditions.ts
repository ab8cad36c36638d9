import { type Answer, badRequest, refuse } from './answer.ts';
import type { Call } from './call.ts';
import { entityTag, matchesWeakly, parseEntityTags, strongVersions } from './entity-tags.ts';
import { failureAnswer } from './failures.ts';
import { missingProduct } from './outcomes.ts';

export type Precondition =
  | { readonly ok: true; readonly expectedVersion?: number; readonly conditional: boolean }
  | { readonly ok: false; readonly answer: Answer };

/**
 * What If-Match and If-None-Match ask of a change. One version becomes the command's expected version, which the
 * writer compares; only for anything else is the product looked at first.
 */
export async function preconditionOf(call: Call, id: string): Promise<Precondition> {
  const ifMatch = call.header('if-match');
  const ifNoneMatch = call.header('if-none-match');
  const match = ifMatch === null ? '*' : parseEntityTags(ifMatch);
  const noneMatch = ifNoneMatch === null ? [] : parseEntityTags(ifNoneMatch);
  if (match === null) return malformed('If-Match');
  if (noneMatch === null) return malformed('If-None-Match');

  const versions = match === '*' ? null : strongVersions(match);
  if (ifNoneMatch === null) {
    if (versions === null) return { ok: true, conditional: ifMatch !== null };
    if (versions.length === 1) return { ok: true, expectedVersion: versions[0]!, conditional: true };
  }

  const { data, errors } = await call.run('RestProduct', { id });
  if (errors.length > 0) return { ok: false, answer: failureAnswer(errors, 'read') };
  if (!data?.product) return { ok: false, answer: missingProduct };
  const { version } = data.product;
  const holds = (versions === null || versions.includes(version)) && !matchesWeakly(noneMatch, entityTag(version));
  return holds
    ? { ok: true, expectedVersion: version, conditional: true }
    : { ok: false, answer: preconditionFailed(version, match !== '*' && match.every(({ weak }) => weak)) };
}

function malformed(header: string): Precondition {
  const problem = { path: [header], code: 'MALFORMED', message: 'must be * or entity tags such as "3"' };
  return { ok: false, answer: badRequest([problem]) };
}

function preconditionFailed(currentVersion: number, onlyWeak: boolean): Answer {
  // RFC 9110, section 13.1.1: If-Match compares strongly, so that a weak tag never matches, also that of this version.
  const why = onlyWeak ? ' If-Match compares strong entity tags only, and W/"…" is a weak one.' : '';
  return refuse(
    412,
    { code: 'VERSION_CONFLICT', message: `The product has version ${currentVersion}.${why}`, currentVersion },
    { etag: entityTag(currentVersion) },
  );
}
