import { type Entry, isChange } from './history/entry.ts';

/** What clients did and were told, in numbers. */
export interface Counts {
  /** Changes by what was told of them: a state, the code of an error, or `lost`. */
  commands: Record<string, number>;
  /** Reads, searches and questions by what came: `answered`, the code of an error, or `lost`. */
  reads: Record<string, number>;
  /** The longest time between two changes that were told COMMITTED, in milliseconds. */
  longestSilenceMs: number;
}

export function countsOf(history: readonly Entry[]): Counts {
  const commands: Record<string, number> = {};
  const reads: Record<string, number> = {};
  const committedMs: number[] = [];
  for (const { operation, answer, answeredMs } of history) {
    const counts = isChange(operation) ? commands : reads;
    const what = wordFor(answer, isChange(operation));
    counts[what] = (counts[what] ?? 0) + 1;
    if (isChange(operation) && what === 'COMMITTED') committedMs.push(answeredMs);
  }
  committedMs.sort((a, b) => a - b);
  const silences = committedMs.map((ms, n) => ms - (committedMs[n - 1] ?? ms));
  return { commands, reads, longestSilenceMs: silences.reduce((longest, one) => Math.max(longest, one), 0) };
}

/** Tells how many changes were told COMMITTED so far. */
export function committedIn(history: readonly Entry[]): () => number {
  return changesIn(history, (answer) => answer.kind === 'told' && answer.state === 'COMMITTED');
}

/** Tells how many changes were sent so far: all but those that were refused before. */
export function sentIn(history: readonly Entry[]): () => number {
  return changesIn(history, (answer) => answer.kind !== 'error' || answer.code !== 'UNAVAILABLE');
}

/** Looks at each entry once, however often it is asked. */
function changesIn(history: readonly Entry[], counts: (answer: Entry['answer']) => boolean): () => number {
  let seen = 0;
  let count = 0;
  return () => {
    for (; seen < history.length; seen++) {
      const { operation, answer } = history[seen]!;
      if (isChange(operation) && counts(answer)) count++;
    }
    return count;
  };
}

function wordFor(answer: Entry['answer'], isChange: boolean): string {
  if (answer.kind === 'lost') return 'lost';
  if (answer.kind === 'error') return answer.code || 'without a code';
  return isChange && answer.kind === 'told' ? (answer.state ?? 'unknown') : 'answered';
}

export const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, one) => sum + one, 0);

/** Such as `812 COMMITTED, 31 REJECTED`, the most frequent first. */
export function inWords(counts: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(counts).sort(([, a], [, b]) => b - a);
  return sorted.map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
}
