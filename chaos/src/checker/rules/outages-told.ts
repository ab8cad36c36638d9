import type { Facts } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** A fault that takes away what a service needs shows in its readiness. */
export function outagesTold({ observations }: Facts): Finding[] {
  return observations
    .filter(({ isMet }) => !isMet)
    .map((observation) => finding(observation.fault, `in vain expected: ${observation.expected}`));
}
