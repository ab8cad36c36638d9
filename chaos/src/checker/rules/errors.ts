import type { Facts } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** What a client may be told of an outage. Everything it sends is well-formed. */
const expected = [
  'UNAVAILABLE',
  'COMMAND_NOT_CONFIRMED',
  'SUBGRAPH_UNAVAILABLE',
  'STALE_READ',
  'OVERLOADED',
  'READ_MODEL_REBUILDING',
];

/** Outages are told by stable codes; nothing fails inside. */
export function errors({ history }: Facts): Finding[] {
  return history.flatMap((entry) => {
    const { answer } = entry;
    const code = answer.kind === 'error' ? answer.code : answer.kind === 'told' ? (answer.productError ?? null) : null;
    if (code !== null && !expected.includes(code))
      return [finding(`#${entry.n}`, `was answered with the error ${code || 'without a code'}`, { entries: [entry] })];
    if (answer.kind === 'told' && answer.rejection?.code === 'INTERNAL')
      return [finding(`#${entry.n}`, 'could not be handled', { entries: [entry] })];
    return [];
  });
}
