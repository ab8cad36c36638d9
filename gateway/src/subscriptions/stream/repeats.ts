import { LRUCache } from 'lru-cache';
import type { LiveEvent } from './live-event.ts';

/** Beyond these a repeat may pass; repeats follow soon after what they repeat. */
const REMEMBERED_ENTITIES = 100_000;

/** Tells the events that come for the first time from those that a topic repeats. Asked once for each event, in order. */
export function createRepeats(): (event: LiveEvent) => boolean {
  const versions = new LRUCache<string, number>({ max: REMEMBERED_ENTITIES });
  return ({ entityId, version }) => {
    if (version <= (versions.get(entityId) ?? 0)) return true;
    versions.set(entityId, version);
    return false;
  };
}
