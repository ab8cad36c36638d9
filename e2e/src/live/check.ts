import { isDeepStrictEqual } from 'node:util';
import type { Ask } from './asks.ts';
import type { Change } from './topic.ts';

/** The next offset to read of each partition; the index is the partition. */
export type Positions = readonly number[];

/** One result, as a subscriber got it. */
export interface Told {
  readonly productId: string;
  readonly version: number;
  /** The cursor that came with it. */
  readonly cursor: string;
  /** The event, but for its cursor. */
  readonly event: object;
}

export interface Case {
  readonly ask: Pick<Ask, 'wants' | 'tells'>;
  /** The cursor with which it began. */
  readonly start: string;
  /** What it was told, in order, over all its connections. */
  readonly told: readonly Told[];
  /** What the topic holds, each change once, by partition and offset. */
  readonly changes: readonly Change[];
  /** The positions in a cursor; null when it is none. */
  read(cursor: string): Positions | null;
}

/**
 * Holds what a subscriber was told against the topic. Answers what is wrong, nothing when all is right: each change that it
 * asked for came once, as it is in the topic, in the order of its product, and each cursor stands behind all that had
 * been told by then and before all else.
 */
export function whatIsWrong({ ask, start, told, changes, read }: Case): readonly string[] {
  const from = read(start);
  if (!from) return ['began with a cursor that is none'];
  const wanted = changes.filter((change) => change.offset >= from[change.partition]! && ask.wants(change));
  const wantedBy = new Map(wanted.map((change) => [nameOf(change), change]));
  const seen = new Set<string>();
  const versions = new Map<string, number>();
  const wrong: string[] = [];

  for (const one of told) {
    const name = nameOf(one);
    const change = wantedBy.get(name);
    const last = versions.get(one.productId) ?? 0;
    if (!change) wrong.push(`told ${name}, which it did not ask for`);
    else if (seen.has(name)) wrong.push(`told ${name} again`);
    else if (one.version < last) wrong.push(`told ${name} after version ${last}`);
    else if (!isDeepStrictEqual(one.event, ask.tells(change)))
      wrong.push(`told ${name} otherwise: ${JSON.stringify(one.event)}`);
    seen.add(name);
    versions.set(one.productId, Math.max(last, one.version));
  }
  const lost = wanted.filter((change) => !seen.has(nameOf(change)));
  wrong.push(...lost.map((change) => `not told ${nameOf(change)} at ${change.partition}/${change.offset}`));
  return wrong.length > 0 ? wrong : wrongCursors(told, wanted, read);
}

/** Of a sequence that is right otherwise: the first cursor from which its subscriber would not have gone on rightly. */
function wrongCursors(told: readonly Told[], wanted: readonly Change[], read: Case['read']): readonly string[] {
  const changeBy = new Map(wanted.map((change) => [nameOf(change), change]));
  const inPartitions = Map.groupBy(wanted, ({ partition }) => partition);
  /** How many of a partition's have been told. */
  const counts = new Map<number, number>();

  for (const one of told) {
    const positions = read(one.cursor);
    if (!positions) return [`told ${nameOf(one)} with a cursor that is none`];
    const { partition: own } = changeBy.get(nameOf(one))!;
    counts.set(own, (counts.get(own) ?? 0) + 1);
    for (const [partition, position] of positions.entries()) {
      const passed = countBefore(inPartitions.get(partition) ?? [], position);
      const count = counts.get(partition) ?? 0;
      if (passed !== count)
        return [`told ${nameOf(one)} with a cursor behind ${passed} changes of partition ${partition}, not ${count}`];
    }
  }
  return [];
}

/** Of changes of one partition in their order. */
function countBefore(changes: readonly Change[], position: number): number {
  let low = 0;
  let high = changes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (changes[middle]!.offset < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

function nameOf({ productId, version }: Pick<Change, 'productId' | 'version'>): string {
  return `${productId}@${version}`;
}
