import type { Random } from '@tributary/service/random';
import type { Mishap } from '../ports/calls.ts';
import type { PublishFate } from '../ports/event-log/event-log.ts';

/** How bad the weather of a schedule is: drawn once, so that some schedules are calm in one respect and wild in another. */
export interface Mischief {
  mishap(who: string, what: string): Mishap;
  publishFate(): PublishFate;
  /** Has the next publishes meet no broker. */
  losePublishes(count: number): void;
  /** No call of a process reaches the cache until then, in UTC milliseconds. */
  cutOffCache(who: string, untilMs: number): void;
  /** How likely it is before each step that a process is killed, frozen and so on. */
  readonly blow: number;
  /** How likely it is before each step that the cache forgets something. */
  readonly forgetting: number;
  /** No more from now on, but for what has begun. */
  end(): void;
  isOver(): boolean;
}

const LEVELS = [0, 0.02, 0.06, 0.2] as const;
const BLOWS = [0, 0.01, 0.03, 0.08] as const;
/** From a cache that has room for all to one that holds hardly anything. */
const FORGETTING = [0, 0.05, 0.2, 0.5] as const;
const FATES: readonly PublishFate[] = [
  'away',
  'not appended',
  'not appended',
  'answer lost',
  'in part',
  'late',
  'late',
  'twice',
];

export function createMischief(random: Random, nowMs: () => number): Mischief {
  const ofStore = random.pick(LEVELS);
  const ofCommit = random.pick(LEVELS);
  const ofCache = random.pick(LEVELS);
  const ofLog = random.pick(LEVELS);
  const blow = random.pick(BLOWS);
  const forgetting = random.pick(FORGETTING);
  let isOver = false;
  let publishesToLose = 0;
  const cutOffUntilMs = new Map<string, number>();

  function levelOf(what: string): number {
    if (what === 'commit') return ofCommit;
    return what.startsWith('cache') ? ofCache : ofStore;
  }

  return {
    mishap(who, what) {
      if (what.startsWith('cache') && nowMs() < (cutOffUntilMs.get(who) ?? 0)) return 'fails';
      if (isOver || !random.chance(levelOf(what))) return null;
      return random.chance(0.5) ? 'fails' : 'answer lost';
    },
    publishFate() {
      if (isOver) return 'appended';
      if (publishesToLose > 0) {
        publishesToLose -= 1;
        return 'away';
      }
      return random.chance(ofLog) ? random.pick(FATES) : 'appended';
    },
    losePublishes(count) {
      publishesToLose = count;
    },
    cutOffCache(who, untilMs) {
      cutOffUntilMs.set(who, untilMs);
    },
    get blow() {
      return isOver ? 0 : blow;
    },
    get forgetting() {
      return isOver ? 0 : forgetting;
    },
    end() {
      isOver = true;
    },
    isOver: () => isOver,
  };
}
