import { setImmediate as turn } from 'node:timers/promises';
import { createDigest, type Digest, hashOfOutcome, hashOfProduct } from './digest.ts';
import type { CommandOutcome, GenerationReads, ProductState } from './read-model/read-model.ts';

/** What two generations hold, and which items differ. */
export interface Comparison {
  products: KindCompared;
  tombstones: KindCompared;
  outcomes: KindCompared;
  /** Ids of products, tombstones among them, that are not the same in both, or not in both. */
  differingProducts: string[];
  /** Ids of commands whose outcomes are not the same in both, or not in both. */
  differingOutcomes: string[];
}

export interface KindCompared {
  left: Digest;
  right: Digest;
}

export interface ComparingOptions {
  /** Outcomes that were decided before are left out: one side may have removed them already. UTC milliseconds. */
  outcomesSinceMs: number;
  /** Told now and then how many items were compared. */
  onProgress?(compared: number): void;
  signal: AbortSignal;
}

const PAGE_ITEMS = 1_000;
/** Two generations that differ in more have nothing to do with each other. */
const MAX_DIFFERING = 10_000;

/** Walks two generations side by side, in the order of ids. */
export async function compare(
  left: GenerationReads,
  right: GenerationReads,
  { outcomesSinceMs, onProgress, signal }: ComparingOptions,
): Promise<Comparison> {
  const digests = {
    products: { left: createDigest(), right: createDigest() },
    tombstones: { left: createDigest(), right: createDigest() },
    outcomes: { left: createDigest(), right: createDigest() },
  };
  let compared = 0;

  async function differing<T>(walks: Walks<T>, take: (item: T, side: Side) => Buffer | null): Promise<string[]> {
    const ids: string[] = [];
    for await (const pair of sideBySide(walks)) {
      const [a, b] = [pair.left && take(pair.left, 'left'), pair.right && take(pair.right, 'right')];
      const isSame = a && b ? a.equals(b) : (a ?? b) === null;
      if (!isSame && ids.length < MAX_DIFFERING) ids.push(pair.id);
      compared += 1;
      if (compared % PAGE_ITEMS !== 0) continue;
      signal.throwIfAborted();
      onProgress?.(compared);
      await turn();
    }
    return ids;
  }

  const differingProducts = await differing<ProductState>(
    { left: left.products, right: right.products, idOf: ({ product }) => product.id },
    (state, side) => {
      const bytes = hashOfProduct(state);
      digests[state.deleted ? 'tombstones' : 'products'][side].add(bytes);
      return bytes;
    },
  );
  const differingOutcomes = await differing<CommandOutcome>(
    { left: left.outcomes, right: right.outcomes, idOf: ({ status }) => status.commandId },
    (outcome, side) => {
      if (outcome.decidedAtMs < outcomesSinceMs) return null;
      const bytes = hashOfOutcome(outcome);
      digests.outcomes[side].add(bytes);
      return bytes;
    },
  );
  const result = ({ left, right }: Record<Side, ReturnType<typeof createDigest>>) => ({
    left: left.result(),
    right: right.result(),
  });
  return {
    products: result(digests.products),
    tombstones: result(digests.tombstones),
    outcomes: result(digests.outcomes),
    differingProducts,
    differingOutcomes,
  };
}

type Side = 'left' | 'right';

interface Walks<T> extends Record<Side, Pages<T>> {
  idOf(item: T): string;
}

type Pages<T> = (afterId: string | null, limit: number) => Promise<T[]>;

/** The items of both sides by id; one that a side does not have is null there. */
async function* sideBySide<T>({ left, right, idOf }: Walks<T>) {
  const [a, b] = [walk(left, idOf), walk(right, idOf)];
  let [leftItem, rightItem] = [await a.next(), await b.next()];
  while (!leftItem.done || !rightItem.done) {
    const [leftId, rightId] = [leftItem, rightItem].map((item) => (item.done ? null : idOf(item.value)));
    const isLeft = leftId != null && (rightId == null || leftId <= rightId);
    const isRight = rightId != null && (leftId == null || rightId <= leftId);
    yield {
      id: (isLeft ? leftId : rightId) as string,
      left: isLeft ? (leftItem.value as T) : null,
      right: isRight ? (rightItem.value as T) : null,
    };
    if (isLeft) leftItem = await a.next();
    if (isRight) rightItem = await b.next();
  }
}

async function* walk<T>(pages: Pages<T>, idOf: (item: T) => string): AsyncGenerator<T, void> {
  let after: string | null = null;
  for (;;) {
    const page: T[] = await pages(after, PAGE_ITEMS);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_ITEMS) return;
    after = idOf(last);
  }
}
