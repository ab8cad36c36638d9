import type { StoredRecord } from './outbox.ts';

export interface LaneOptions {
  /** Publishes records in their order and removes them from the outbox. */
  relay(records: readonly StoredRecord[]): Promise<void>;
  /** Told when a relay failed: what the lane held is left to the outbox table. */
  onFailure(error: unknown): void;
}

/** A moment of a lane: which records it had on their way then. */
export interface LaneMoment {
  readonly generation: number;
  readonly ids: readonly bigint[];
}

/**
 * The way of one partition's records from the memory of the writer that decided them to the log: one after another,
 * in order. After a failure nothing that was behind goes on, since it would overtake what failed.
 */
export interface Lane {
  moment(): LaneMoment;
  /**
   * Sends records, unless the lane has failed since the moment at which it was found that nothing else stood before them.
   * @returns whether it took them; false leaves them to the outbox table
   */
  send(records: readonly StoredRecord[], since: LaneMoment): boolean;
  /** Resolves when no more than what is being published is on the way. */
  hasRoom(): Promise<void>;
  /** Resolves when nothing is on the way. */
  idle(): Promise<void>;
}

export function createLane({ relay, onFailure }: LaneOptions): Lane {
  const onTheWay = new Set<bigint>();
  let waiting: StoredRecord[] = [];
  let generation = 0;
  let running: Promise<void> | undefined;
  let started = Promise.withResolvers<void>();

  async function run(): Promise<void> {
    while (waiting.length > 0) {
      const records = waiting;
      waiting = [];
      started.resolve();
      started = Promise.withResolvers();
      try {
        await relay(records);
        for (const { id } of records) onTheWay.delete(id);
      } catch (error) {
        generation += 1;
        waiting = [];
        onTheWay.clear();
        onFailure(error);
      }
    }
    started.resolve();
    running = undefined;
  }

  return {
    moment: () => ({ generation, ids: [...onTheWay] }),
    send(records, since) {
      if (since.generation !== generation) return false;
      for (const record of records) {
        onTheWay.add(record.id);
        waiting.push(record);
      }
      running ??= run();
      return true;
    },
    hasRoom: () => (waiting.length === 0 ? Promise.resolve() : started.promise),
    idle: () => running ?? Promise.resolve(),
  };
}
