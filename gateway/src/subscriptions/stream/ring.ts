import type { Positions } from '../cursor.ts';
import type { Entry, OrderedEntry } from './live-event.ts';

export interface RingOptions {
  /** Events that are kept, and bytes of their records; the oldest go first. */
  readonly capacity: number;
  readonly maxBytes: number;
  /** Where the reading starts, per partition. */
  readonly start: Positions;
  /** From which position on, per partition, everything that follows is here: at least `start`. */
  readonly complete: Positions;
}

/** The latest events of all partitions, in the order in which this process read them. */
export interface Ring {
  append(entry: Entry, bytes: number): OrderedEntry;
  /** A partition has been read up to a position, whether or not there were events. */
  advance(partition: number, position: number): void;
  /** What a partition had before a position was lost, as far as it had not been read. */
  lose(partition: number, position: number): void;
  /** The sequence number of the next event. */
  head(): number;
  /** Undefined for an event that is no longer kept, or not there yet. */
  at(sequence: number): OrderedEntry | undefined;
  /** Where the reading stands. */
  positions(): Positions;
  /** Whether everything from the given positions on is here. */
  covers(positions: Positions): boolean;
  /** The sequence number of the first event that somebody at these positions may not have seen. */
  firstAfter(positions: Positions): number;
}

export function createRing({ capacity, maxBytes, start, complete }: RingOptions): Ring {
  const slots: (OrderedEntry | undefined)[] = new Array(capacity).fill(undefined);
  const sizes = new Float64Array(capacity);
  const floor = [...complete];
  let positions = [...start];
  let oldest = 0;
  let head = 0;
  let bytes = 0;

  function evict(): void {
    const slot = oldest % capacity;
    const entry = slots[slot]!;
    floor[entry.partition] = Math.max(floor[entry.partition]!, entry.offset + 1);
    slots[slot] = undefined;
    bytes -= sizes[slot]!;
    oldest += 1;
  }

  function at(sequence: number): OrderedEntry | undefined {
    return sequence >= oldest && sequence < head ? slots[sequence % capacity] : undefined;
  }

  return {
    append(entry, size) {
      while (head - oldest >= capacity || (bytes + size > maxBytes && head > oldest)) evict();
      positions = positions.with(entry.partition, entry.offset + 1);
      const ordered = { ...entry, sequence: head, positions };
      slots[head % capacity] = ordered;
      sizes[head % capacity] = size;
      bytes += size;
      head += 1;
      return ordered;
    },
    advance(partition, position) {
      if (position > positions[partition]!) positions = positions.with(partition, position);
    },
    lose(partition, position) {
      floor[partition] = Math.max(floor[partition]!, position);
      if (position > positions[partition]!) positions = positions.with(partition, position);
    },
    head: () => head,
    at,
    positions: () => positions,
    covers: (wanted) => floor.every((position, partition) => wanted[partition]! >= position),
    firstAfter(wanted) {
      // Positions only grow, so the events whose positions are all within the wanted ones come first.
      let low = oldest;
      let high = head;
      while (low < high) {
        const middle = (low + high) >> 1;
        const isSeen = at(middle)!.positions.every((position, partition) => position <= wanted[partition]!);
        if (isSeen) low = middle + 1;
        else high = middle;
      }
      return low;
    },
  };
}
