import { createRandom, type Random } from '@tributary/service/random';
import { useClock, type VirtualClock } from './clock.ts';

/** A process of the simulation: what it does next happens only when the world gives it a turn. */
export interface Process {
  readonly name: string;
  /** Resolves when the world lets it do this. Never, when it is killed before. */
  turn(what: string): Promise<void>;
  isAlive(): boolean;
  isFrozen(): boolean;
}

export interface World {
  readonly random: Random;
  nowMs(): number;
  /** @param weight how often it gets a turn, beside others */
  process(name: string, weight: number): Process;
  /** It never gets a turn again. */
  kill(process: Process): void;
  /** It gets no turn for this long, in milliseconds; then it goes on as if nothing had been. */
  freeze(process: Process, forMs: number): void;
  thawAll(): void;
  /** Nothing waits for a turn, and nothing is on its way. */
  isQuiet(): boolean;
  /** Has something happen at some later step: what is on its way through a network. */
  later(what: string, act: () => void): void;
  /** Notes in the trace what happens outside of the processes. */
  note(what: string): void;
  /**
   * Gives turns until it is over.
   * @param between called before each step
   * @returns false when there was no end within the steps
   */
  run(isOver: () => boolean, maxSteps: number, between?: () => void): Promise<boolean>;
  steps(): number;
  /** Each step: when, who, what. */
  trace(): string[];
  /** Gives the system its clock back. */
  close(): void;
}

interface Waiting {
  what: string;
  act(): void;
}

interface Timer extends Waiting {
  dueMs: number;
}

interface Member extends Process {
  weight: number;
  waiting: Waiting[];
  timers: Timer[];
  frozenUntilMs: number;
  alive: boolean;
}

/** 2027-01-01. */
const BEGIN_MS = 1_798_761_600_000;
const NETWORK_WEIGHT = 0.5;
/** One kind of call that takes long, in most schedules: what follows it comes late, and others come in between. */
const SLOW_CALLS = [
  'publish to events',
  'publish to events',
  'publish to events',
  'remove',
  'commit',
  'put',
  'put',
  'fill',
  'store',
  'save',
  'load',
  'look',
  'none',
] as const;
const SLOW_TURNS_TAKEN = 0.08;
/** Whose names end so: everyone's, or the first of each kind's, so that the second overtakes it. */
const SLOW_NAMES = ['', ' 1'] as const;
/** How often time passes though there is something to do, and how much at most. */
const PASSING = 0.02;
const PASSING_MAX_MS = 1_500;

/**
 * A world in which one thing happens at a time, and the seed decides which: the next call of any process to one of its ports,
 * a timer that is due, or something on its way. Between two of them all that was set off runs to its end.
 */
export function createWorld(seed: number): World {
  const random = createRandom(seed);
  const jitter = createRandom(~seed);
  const members: Member[] = [];
  const steps: { ms: number; who: string; what: string }[] = [];
  let nowMs = BEGIN_MS;
  const network = join('network', NETWORK_WEIGHT);
  let current: Member = network;
  const slowCall = random.pick(SLOW_CALLS);
  const slowName = random.pick(SLOW_NAMES);

  function join(name: string, weight: number): Member {
    const member: Member = {
      name,
      weight,
      waiting: [],
      timers: [],
      frozenUntilMs: 0,
      alive: true,
      isAlive: () => member.alive,
      isFrozen: () => member.frozenUntilMs > nowMs,
      turn: (what) => new Promise((resolve) => member.waiting.push({ what, act: resolve })),
    };
    members.push(member);
    return member;
  }

  const clock: VirtualClock = {
    nowMs: () => nowMs,
    random: jitter.next,
    after(ms, callback) {
      const owner = current;
      const timer = { dueMs: nowMs + Math.max(1, Math.ceil(ms)), what: 'timer', act: callback };
      owner.timers.push(timer);
      return () => {
        const index = owner.timers.indexOf(timer);
        if (index >= 0) owner.timers.splice(index, 1);
      };
    },
  };
  const giveBack = useClock(clock);

  function canGoOn(member: Member): boolean {
    if (member.frozenUntilMs > nowMs) return false;
    return member.waiting.length > 0 || member.timers.some(({ dueMs }) => dueMs <= nowMs);
  }

  function pickMember(): Member | null {
    let sum = 0;
    for (const member of members) if (canGoOn(member)) sum += member.weight;
    if (sum === 0) return null;
    let left = random.next() * sum;
    let last: Member | null = null;
    for (const member of members) {
      if (!canGoOn(member)) continue;
      last = member;
      left -= member.weight;
      if (left < 0) return member;
    }
    return last;
  }

  /** Null when it is slow and does not come yet. */
  function takeNext(member: Member): Waiting | null {
    const due = member.timers.filter(({ dueMs }) => dueMs <= nowMs);
    const choice = random.below(member.waiting.length + due.length);
    const call = member.waiting[choice];
    const isSlow = call?.what.startsWith(slowCall) && member.name.endsWith(slowName);
    if (isSlow && !random.chance(SLOW_TURNS_TAKEN)) return null;
    if (call) {
      member.waiting.splice(choice, 1);
      return call;
    }
    const timer = due[choice - member.waiting.length] as Timer;
    member.timers.splice(member.timers.indexOf(timer), 1);
    return timer;
  }

  /** To the next moment at which anyone can go on. */
  function letTimePass(): boolean {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { timers, waiting, frozenUntilMs } of members) {
      const firstMs = waiting.length > 0 ? 0 : Math.min(...timers.map(({ dueMs }) => dueMs));
      nextMs = Math.min(nextMs, Math.max(firstMs, frozenUntilMs));
    }
    if (nextMs === Number.POSITIVE_INFINITY) return false;
    nowMs = Math.max(nowMs, nextMs);
    return true;
  }

  function remove(process: Process): void {
    const member = process as Member;
    if (!member.alive) return;
    member.alive = false;
    member.waiting = [];
    member.timers = [];
    members.splice(members.indexOf(member), 1);
  }

  return {
    random,
    nowMs: () => nowMs,
    process: join,
    kill: remove,
    freeze(process, forMs) {
      (process as Member).frozenUntilMs = nowMs + forMs;
    },
    thawAll() {
      for (const member of members) member.frozenUntilMs = 0;
    },
    isQuiet: () => members.every(({ waiting }) => waiting.length === 0),
    later(what, act) {
      network.waiting.push({ what, act });
    },
    note(what) {
      steps.push({ ms: nowMs, who: 'world', what });
    },
    async run(isOver, maxSteps, between = () => {}) {
      await settled();
      for (let step = 0; step < maxSteps; step += 1) {
        if (isOver()) return true;
        between();
        if (random.chance(PASSING)) nowMs += random.below(PASSING_MAX_MS);
        const member = pickMember();
        if (!member) {
          if (!letTimePass()) return isOver();
          continue;
        }
        const next = takeNext(member);
        if (!next) continue;
        const { what, act } = next;
        steps.push({ ms: nowMs, who: member.name, what });
        current = member;
        act();
        await settled();
        current = network;
      }
      return isOver();
    },
    steps: () => steps.length,
    trace: () => steps.map(({ ms, who, what }) => `${String(ms - BEGIN_MS).padStart(7)} ms  ${who.padEnd(12)} ${what}`),
    close: giveBack,
  };
}

/** Resolves when all that was set off has run: the event loop comes to immediates only when no promise is left to handle. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
