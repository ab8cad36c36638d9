import type { CommandView } from '@tributary/product';
import { LRUCache } from 'lru-cache';
import type { Notice } from './event.ts';

/** The outcomes of commands as they come. */
export interface Outcomes {
  /** Tells what a record said. */
  take(notice: Notice): void;
  /** Calls back when the command's outcome comes, until the answer is called. */
  onOutcome(commandId: string, listener: (outcome: CommandView) => void): () => void;
  /** The outcome of a command that ended lately. */
  recentOutcome(commandId: string): CommandView | undefined;
}

const REMEMBERED_OUTCOMES = 20_000;

/** The first outcome of a command stands, and is told once. */
export function createOutcomes(): Outcomes {
  const outcomes = new LRUCache<string, CommandView>({ max: REMEMBERED_OUTCOMES });
  const listenersOf = new Map<string, Set<(outcome: CommandView) => void>>();

  return {
    take({ outcome }) {
      // Of an event that a newer version wrote, the outcome may not be known here.
      if (outcome.state === 'PENDING' || outcomes.has(outcome.id)) return;
      outcomes.set(outcome.id, outcome);
      for (const listener of listenersOf.get(outcome.id) ?? []) listener(outcome);
    },
    onOutcome(commandId, listener) {
      const listeners = listenersOf.get(commandId) ?? new Set();
      listenersOf.set(commandId, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && listenersOf.get(commandId) === listeners) listenersOf.delete(commandId);
      };
    },
    recentOutcome: (commandId) => outcomes.get(commandId),
  };
}
