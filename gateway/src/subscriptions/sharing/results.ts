import { LRUCache } from 'lru-cache';
import type { Entry } from '../stream/live-event.ts';
import type { Payload } from './payload.ts';

interface Result {
  readonly payload: Promise<Payload>;
  bytes: number;
}

/** Results that subscribers of one group share, whenever each of them comes to the event. */
export interface Results {
  /** The result of an event for a group: executed if it is not known. */
  of(group: number, entry: Entry, execute: () => Promise<Payload>): Promise<Payload>;
}

/** What a result counts as while it is not there yet. */
const EXPECTED_BYTES = 1_024;

export function createResults(maxBytes: number): Results {
  const kept = new LRUCache<string, Result>({ maxSize: maxBytes, sizeCalculation: ({ bytes }) => bytes });
  return {
    of(group, { partition, offset }, execute) {
      const key = `${group}/${partition}/${offset}`;
      const known = kept.get(key);
      if (known) return known.payload;
      const payload = execute();
      kept.set(key, { payload, bytes: EXPECTED_BYTES });
      payload.then(
        ({ bytes }) => kept.has(key) && kept.set(key, { payload, bytes: bytes + EXPECTED_BYTES }),
        () => kept.delete(key),
      );
      return payload;
    },
  };
}
