import { createRandom, type Random } from '@tributary/service/random';

/** What is broken, and how. */
export type FaultKind =
  | `${'writer' | 'projector' | 'products-command' | 'products-query' | 'gateway' | 'standalone'}-kill`
  | `${'writer' | 'projector'}-freeze`
  | 'kafka-kill'
  | 'postgres-kill'
  | 'redis-kill'
  | 'redis-flush'
  | 'mongo-kill';

export interface Fault {
  kind: FaultKind;
  /** Which of the replicas or brokers: the first one, modulo how many there are. */
  target: number;
  /** How long it stays broken, in milliseconds. */
  holdMs: number;
}

/** One fault, or two at once, of different things. */
export interface Step {
  /** How long to wait before it, in milliseconds. */
  restMs: number;
  faults: readonly Fault[];
  /** Whether to wait until all is ready again before the next step. */
  awaitReady: boolean;
}

/** How often each kind comes in a round; after a round each has come so often. */
export type Deck = Readonly<Partial<Record<FaultKind, number>>>;

export const engineDeck: Deck = {
  'writer-kill': 2,
  'projector-kill': 2,
  'products-command-kill': 1,
  'products-query-kill': 1,
  'gateway-kill': 1,
  'writer-freeze': 2,
  'projector-freeze': 2,
  'kafka-kill': 2,
  'postgres-kill': 2,
  'redis-kill': 1,
  'redis-flush': 1,
  'mongo-kill': 1,
};

export const embeddedDeck: Deck = { 'standalone-kill': 1 };

/** The session time-out of the consumers is 6 s: a process that is frozen for longer loses its partitions, and does not know. */
const FREEZE_MS = [6_500, 10_000] as const;
const holds: Readonly<Partial<Record<FaultKind, readonly [number, number]>>> = {
  'writer-freeze': FREEZE_MS,
  'projector-freeze': FREEZE_MS,
  'kafka-kill': [0, 5_000],
  'postgres-kill': [0, 4_000],
  'redis-kill': [0, 4_000],
  'mongo-kill': [500, 3_000],
};
const HOLD_MS = [0, 3_000] as const;

/** The steps that a seed fixes, without end. */
export function* schedule(seed: number, deck: Deck): Generator<Step, never> {
  const random = createRandom(seed);
  const draw = drawFrom(deck, random);
  for (;;) {
    const first = draw();
    const isPair = random.chance(0.2);
    const second = isPair ? draw() : null;
    // The same thing cannot be broken twice at once: then the second comes in a step of its own.
    const faults =
      second && partOf(second.kind) !== partOf(first.kind)
        ? [[first, second]]
        : [[first], ...(second ? [[second]] : [])];
    for (const together of faults)
      yield { restMs: Math.round(random.between(200, 3_000)), faults: together, awaitReady: random.chance(0.7) };
  }
}

/** The steps in which each fault comes as often as the deck says. */
export function roundOf(seed: number, deck: Deck): Step[] {
  let left = Object.values(deck).reduce((sum, times) => sum + times, 0);
  const steps: Step[] = [];
  for (const step of schedule(seed, deck)) {
    // A pair may reach into the next round.
    const faults = step.faults.slice(0, left);
    steps.push({ ...step, faults });
    left -= faults.length;
    if (left === 0) return steps;
  }
  throw new Error('the schedule ended');
}

/** What a kind of fault breaks. */
export function partOf(kind: FaultKind): string {
  return kind.replace(/-(?:kill|freeze|flush)$/, '');
}

function drawFrom(deck: Deck, random: Random): () => Fault {
  const round = (Object.entries(deck) as [FaultKind, number][]).flatMap(([kind, times]) =>
    Array<FaultKind>(times).fill(kind),
  );
  let left: FaultKind[] = [];
  return () => {
    if (left.length === 0) left = [...round];
    const [kind] = left.splice(random.below(left.length), 1) as [FaultKind];
    const [low, high] = holds[kind] ?? HOLD_MS;
    return { kind, target: random.below(6), holdMs: Math.round(random.between(low, high)) };
  };
}
