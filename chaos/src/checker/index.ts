import { type Case, type Facts, factsOf } from './facts.ts';
import { acknowledged } from './rules/acknowledged.ts';
import { atMostOnce } from './rules/at-most-once.ts';
import { cache } from './rules/cache.ts';
import { emptyAnswers } from './rules/empty-answers.ts';
import { errors } from './rules/errors.ts';
import { eventsFoldToState } from './rules/events-fold-to-state.ts';
import { expectedVersion } from './rules/expected-version.ts';
import { minVersion } from './rules/min-version.ts';
import { nothingLeft } from './rules/nothing-left.ts';
import { oneEffectPerKey } from './rules/one-effect-per-key.ts';
import { oneEventPerCommand } from './rules/one-event-per-command.ts';
import { outagesTold } from './rules/outages-told.ts';
import { readModel } from './rules/read-model.ts';
import { readsCommitted } from './rules/reads-committed.ts';
import { resurrection } from './rules/resurrection.ts';
import { session } from './rules/session.ts';
import { toldOutcomes } from './rules/told-outcomes.ts';
import { versionsGapless } from './rules/versions-gapless.ts';
import type { Finding, Violation } from './violation.ts';

export type { Case, Observation } from './facts.ts';
export { describeViolation, type Violation } from './violation.ts';

/** Each guarantee that is checked, by the name under which a violation of it is told. */
export const rules = {
  acknowledged,
  'told-outcomes': toldOutcomes,
  'one-effect-per-key': oneEffectPerKey,
  'at-most-once': atMostOnce,
  'versions-gapless': versionsGapless,
  'one-event-per-command': oneEventPerCommand,
  'events-fold-to-state': eventsFoldToState,
  'read-model': readModel,
  cache,
  'min-version': minVersion,
  session,
  'reads-committed': readsCommitted,
  'empty-answers': emptyAnswers,
  resurrection,
  'expected-version': expectedVersion,
  errors,
  'nothing-left': nothingLeft,
  'outages-told': outagesTold,
} as const satisfies Record<string, (facts: Facts) => Finding[]>;

export type RuleName = keyof typeof rules;

/** Judges what clients were told by what is left of it in every place. Pure. */
export function check(given: Case): Violation[] {
  const facts = factsOf(given);
  return Object.entries(rules).flatMap(([rule, find]) => find(facts).map((found) => ({ rule, ...found })));
}
