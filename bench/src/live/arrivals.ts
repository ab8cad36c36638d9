export interface ArrivalsOptions {
  /** Who is to get every event. */
  readonly subscribers: number;
  /** Told once of each event that all of them have got. */
  onComplete(sequence: number): void;
}

/** Who has got what, of the events that count. */
export interface Arrivals {
  /** One of the subscribers, by index, has got an event, so long after it was sent. */
  add(subscriber: number, sequence: number, lagUs: number): void;
  /** Counts anew, events from this one on. */
  begin(firstSequence: number): void;
  taken(): Taken;
}

export interface Taken {
  readonly deliveries: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Deliveries of what the subscriber had got before. */
  readonly repeats: number;
  /** Deliveries that have not come, of events that some subscriber has got. */
  readonly missing: number;
}

interface Event {
  count: number;
  /** A bit for each subscriber. */
  readonly got: Uint8Array;
}

export function createArrivals({ subscribers, onComplete }: ArrivalsOptions): Arrivals {
  let first = 0;
  let events: (Event | undefined)[] = [];
  let lagsUs: number[] = [];
  let repeats = 0;

  return {
    add(subscriber, sequence, lagUs) {
      if (sequence < first) return;
      events[sequence - first] ??= { count: 0, got: new Uint8Array(Math.ceil(subscribers / 8)) };
      const event = events[sequence - first]!;
      const [byte, bit] = [subscriber >> 3, 1 << (subscriber & 7)];
      if (event.got[byte]! & bit) {
        repeats += 1;
        return;
      }
      event.got[byte]! |= bit;
      event.count += 1;
      lagsUs.push(lagUs);
      if (event.count === subscribers) onComplete(sequence);
    },
    begin(firstSequence) {
      [first, events, lagsUs, repeats] = [firstSequence, [], [], 0];
    },
    taken() {
      const sorted = Float64Array.from(lagsUs).sort();
      const quantileMs = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN) / 1_000;
      const missing = events.reduce((sum, event) => sum + (event ? subscribers - event.count : 0), 0);
      return { deliveries: lagsUs.length, p50Ms: quantileMs(0.5), p99Ms: quantileMs(0.99), repeats, missing };
    },
  };
}
