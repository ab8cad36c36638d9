import type { Entry } from '../history/entry.ts';

/** A promise that was not kept. */
export interface Violation {
  /** The name of the rule. */
  rule: string;
  /** The command, key, product or record that it is about. */
  subject: string;
  message: string;
  /** The part of the history that shows it. */
  entries: readonly Entry[];
  /** The part of the evidence that shows it. */
  records: readonly unknown[];
}

/** What a rule found. */
export type Finding = Omit<Violation, 'rule'>;

export function finding(
  subject: string,
  message: string,
  shown: { entries?: readonly Entry[]; records?: readonly unknown[] } = {},
): Finding {
  return { subject, message, entries: shown.entries ?? [], records: shown.records ?? [] };
}

const MAX_SHOWN = 30;

/** A violation for people: what, of what, and the lines that show it. */
export function describeViolation({ rule, subject, message, entries, records }: Violation): string {
  const shown = [...entries].sort((a, b) => a.n - b.n).slice(-MAX_SHOWN);
  return [
    `${rule}: ${subject}: ${message}`,
    ...shown.map((entry) => `  history  ${line(entry)}`),
    ...records.slice(0, MAX_SHOWN).map((record) => `  evidence ${JSON.stringify(record)}`),
  ].join('\n');
}

function line({ n, client, via, replica, invokedMs, answeredMs, operation, answer }: Entry): string {
  const when = `${Math.round(invokedMs)}–${Math.round(answeredMs)} ms`;
  return `#${n} ${when} ${client} ${via}/${replica} ${JSON.stringify(operation)} → ${JSON.stringify(answer)}`;
}
