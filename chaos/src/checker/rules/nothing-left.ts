import type { Facts } from '../facts.ts';
import { type Finding, finding } from '../violation.ts';

/** Nothing became a dead letter, and nothing waits in the outbox. */
export function nothingLeft({ evidence }: Facts): Finding[] {
  const { deadLetters, outbox } = evidence;
  return [
    ...deadLetters.map((letter) => finding(letter.topic, letter.reason, { records: [letter] })),
    ...(outbox.length > 0 ? [finding('outbox', `${outbox.length} records stand in it`, { records: outbox })] : []),
  ];
}
