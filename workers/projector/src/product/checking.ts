import type { EventLog } from '@tributary/event-log';
import { endsOf, untilAt } from './catch-up.ts';
import { type Comparison, compare } from './comparison.ts';
import { hashOfOutcome, hashOfProduct } from './digest.ts';
import type { CommandOutcome, GenerationReads, ProductState, ReadModel } from './read-model/read-model.ts';

export interface CheckOptions {
  log: EventLog;
  eventsTopic: string;
  readModel: Pick<ReadModel, 'generation' | 'generations'>;
  /** The generation that serves. */
  serving: string;
  /** One that is maintained beside it, and has caught up. */
  other: string;
  /** How long the outcome of a command is kept, in milliseconds. */
  outcomesRetentionMs: number;
  /** UTC milliseconds. */
  nowMs: () => number;
  /** Told now and then how many items were compared. */
  onProgress(compared: number): void;
  signal: AbortSignal;
}

export interface Check {
  comparison: Comparison;
  /** What differs and not because it was changing. */
  differences: Difference[];
}

export interface Difference {
  kind: 'product' | 'outcome';
  id: string;
  /** The version there, `deleted` added to that of a tombstone; null where it is missing. Of outcomes: `present`. */
  serving: string | null;
  other: string | null;
}

/** Outcomes that are this close to the end of their time are left out: they may be removed from one side before the other. */
const EDGE_MS = 300_000;
const IDS_AT_ONCE = 1_000;
/** A generation that does not move for so long has nobody who projects into it. */
const PROJECTED_WITHIN_MS = 60_000;

/**
 * Compares the generation that serves with another. While events come the two walks see different moments: what differed is
 * looked up again when both have all that there was.
 */
export async function check(options: CheckOptions): Promise<Check> {
  const { readModel, serving, other, onProgress, signal } = options;
  const [left, right] = [readModel.generation(serving), readModel.generation(other)];
  const outcomesSinceMs = sinceMs(options);
  const comparison = await compare(left, right, { outcomesSinceMs, onProgress, signal });
  const differences: Difference[] = [];
  for (const ids of chunks(comparison.differingProducts))
    differences.push(...(await persistent(options, PRODUCTS, (reads) => reads.productsOf(ids), ids)));
  for (const ids of chunks(comparison.differingOutcomes))
    differences.push(...(await persistent(options, outcomesFrom(options), (reads) => reads.outcomesOf(ids), ids)));
  return { comparison, differences };
}

function sinceMs({ nowMs, outcomesRetentionMs }: CheckOptions): number {
  return nowMs() - outcomesRetentionMs + Math.min(EDGE_MS, outcomesRetentionMs / 2);
}

/** How items of a kind are compared. */
interface Kind<T> {
  name: Difference['kind'];
  /** It may be missing now, whatever was. */
  mayBeGone(item: T): boolean;
  version(item: T): bigint;
  hash(item: T): Buffer;
  told(item: T): string;
}

const PRODUCTS: Kind<ProductState> = {
  name: 'product',
  mayBeGone: () => false,
  version: ({ product }) => product.version,
  hash: hashOfProduct,
  told: ({ product, deleted }) => `${product.version}${deleted ? ' deleted' : ''}`,
};

function outcomesFrom(options: CheckOptions): Kind<CommandOutcome> {
  return {
    name: 'outcome',
    mayBeGone: ({ decidedAtMs }) => decidedAtMs < sinceMs(options),
    version: () => 1n,
    hash: hashOfOutcome,
    told: () => 'present',
  };
}

/**
 * Which of the items differ when both generations have all that there was. The other one has at least what is read from the
 * one that serves, since every change comes to it first; what it has more must come to the one that serves.
 */
async function persistent<T>(
  options: CheckOptions,
  kind: Kind<T>,
  read: (reads: GenerationReads) => Promise<ReadonlyMap<string, T>>,
  ids: readonly string[],
): Promise<Difference[]> {
  const { readModel, serving, other } = options;
  await untilProjected(options, [serving, other]);
  const before = await read(readModel.generation(serving));
  const beside = await read(readModel.generation(other));
  await untilProjected(options, [serving]);
  const after = await read(readModel.generation(serving));
  return ids.flatMap((id) => {
    const [first, second, third] = [before.get(id), beside.get(id), after.get(id)];
    if (isReached(kind, first, second) && isReached(kind, second, third)) return [];
    return [
      { kind: kind.name, id, serving: third ? kind.told(third) : null, other: second ? kind.told(second) : null },
    ];
  });
}

/** Whether an item has come to be, or gone on from, what it was elsewhere. */
function isReached<T>(kind: Kind<T>, elsewhere: T | undefined, here: T | undefined): boolean {
  if (elsewhere === undefined || kind.mayBeGone(elsewhere)) return true;
  if (here === undefined) return false;
  const [wanted, found] = [kind.version(elsewhere), kind.version(here)];
  return found > wanted || (found === wanted && kind.hash(elsewhere).equals(kind.hash(here)));
}

async function untilProjected(options: CheckOptions, generations: readonly string[]): Promise<void> {
  const { log, eventsTopic, readModel } = options;
  const ends = await endsOf(log, eventsTopic);
  const late = AbortSignal.timeout(PROJECTED_WITHIN_MS);
  const signal = AbortSignal.any([options.signal, late]);
  try {
    for (const generation of generations) await untilAt(readModel, generation, ends, { signal });
  } catch (error) {
    if (late.aborted && !options.signal.aborted) throw new NotProjectedError();
    throw error;
  }
}

/** The events do not come to the read model, or the cache is not told of them: then nothing can be compared. */
export class NotProjectedError extends Error {
  override readonly name = 'NotProjectedError';
  readonly code = 'NOT_PROJECTED';
  constructor() {
    super(
      `the generation that serves has not reached the end of the events within ${PROJECTED_WITHIN_MS / 1_000} s: is a projector running, and does its cache answer?`,
    );
  }
}

function* chunks(ids: readonly string[]): Generator<string[]> {
  for (let from = 0; from < ids.length; from += IDS_AT_ONCE) yield ids.slice(from, from + IDS_AT_ONCE);
}
