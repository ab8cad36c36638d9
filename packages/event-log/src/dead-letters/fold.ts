import type { LogRecord } from '../event-log.ts';
import { type DeadLetter, letterOf, resolutionOf } from './letter.ts';

/** What the records of a dead-letter topic come to, whatever their order between partitions. */
export interface DeadLetterFold {
  add(record: LogRecord): void;
  /** All of them, newest last. */
  letters(): DeadLetter[];
  /** The letter that is kept under an id, also under that of a repeat. */
  find(id: string): DeadLetter | undefined;
}

export function createFold(): DeadLetterFold {
  const letters = new Map<string, DeadLetter>();
  /** By where the record stood: one that is kept twice is one letter. */
  const byOrigin = new Map<string, DeadLetter>();
  const resolutions = new Map<string, NonNullable<ReturnType<typeof resolutionOf>>[]>();

  function resolved(letter: DeadLetter): DeadLetter {
    const found = resolutions.get(letter.id) ?? [];
    const first = found.find(({ kind }) => kind === 'replaying' || kind === 'dropped');
    if (!first) return letter;
    if (first.kind === 'dropped') return { ...letter, state: 'dropped', resolution: first.resolution };
    const state = found.some(({ kind }) => kind === 'replayed') ? 'replayed' : 'replaying';
    return { ...letter, state, resolution: first.resolution };
  }

  return {
    add(record) {
      const resolution = resolutionOf(record);
      if (resolution) {
        const { id } = resolution;
        resolutions.set(id, [...(resolutions.get(id) ?? []), resolution]);
        return;
      }
      const letter = letterOf(record);
      const { topic, partition, offset, timestampMs } = letter.origin;
      // The time belongs to it: a topic that was deleted and made anew counts its offsets from 0 again.
      const origin = JSON.stringify([topic, partition, String(offset), timestampMs]);
      const kept = byOrigin.get(origin);
      if (kept) kept.repeats += 1;
      else byOrigin.set(origin, letter);
      letters.set(letter.id, kept ?? letter);
    },
    letters: () => [...byOrigin.values()].map(resolved).sort((a, b) => a.diedAtMs - b.diedAtMs),
    find(id) {
      const letter = letters.get(id);
      return letter && resolved(letter);
    },
  };
}
