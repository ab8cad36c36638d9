import type { OutgoingRecord } from '@tributary/event-log';

/** A record that is decided and still has to reach its topic. */
export interface OutboxRecord extends OutgoingRecord {
  topic: string;
  /** The aggregate's version after the event. */
  version: bigint;
}

export interface StoredRecord extends OutboxRecord {
  /** Ascends in the order of the changes, within a key. */
  id: bigint;
}

/** Records that stand: those that these partitions' commands left, or all that were there before a time. */
export type Standing = { partitions: readonly number[] } | { beforeMs: number };

export interface Backlog {
  records: number;
  /** When the oldest was decided, UTC milliseconds; null when none stands. */
  oldestMs: number | null;
}

/** Records that are decided and not yet acknowledged by the event log. */
export interface Outbox {
  /** Stores records in their order. Whoever adds a key's records must hold the lock of its aggregate. */
  add(records: readonly OutboxRecord[], sourcePartition: number, nowMs: number): Promise<StoredRecord[]>;

  /** Which of the keys have records standing, other than those with the ids given. */
  keysStanding(keys: readonly string[], exceptIds: readonly bigint[]): Promise<Set<string>>;

  /**
   * The oldest records that stand, in their order, locked until the transaction ends. Of each key whose records are
   * among them the oldest is too, so that relaying them in order never lets a change overtake an earlier one. Skipping
   * locked rows would break that: so it waits for whoever relays them now.
   */
  takeStanding(standing: Standing, limit: number): Promise<StoredRecord[]>;

  remove(ids: readonly bigint[]): Promise<void>;

  readBacklog(): Promise<Backlog>;
}
