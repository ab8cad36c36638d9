import type { Change, Entry } from '../../history/entry.ts';
import type { Facts } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** Each try of a client came to at most one command, whatever it was told; one that was refused before it was sent, to none. */
export function atMostOnce({ triesOfMark, commandsOfMark }: Facts): Finding[] {
  return [...triesOfMark].flatMap(([mark, tries]) => {
    const commands = commandsOfMark.get(mark) ?? [];
    const sent = tries.filter((entry) => !wasRefused(entry));
    if (commands.length <= sent.length) return [];
    const message = `${commands.length} commands came of ${tries.length} tries, ${tries.length - sent.length} of which were refused unsent`;
    return [finding(mark, message, { entries: tries, records: commands })];
  });
}

const UNSENT = ['UNAVAILABLE', 'OVERLOADED'];

function wasRefused({ answer }: Entry & { operation: Change }): boolean {
  return answer.kind === 'error' && UNSENT.includes(answer.code);
}
