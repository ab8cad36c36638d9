import type { SpanAttributes } from '@tributary/service';

/**
 * The event log port: partitioned topics of keyed records, kept for a time and read in order.
 *
 * There are two ways to read. `consume` shares the partitions of a topic among the members of a group and hands
 * out batches in order; `tail` reads every partition, for one process, and leaves nothing behind. Both start from
 * positions that their user holds, never from positions that the log keeps.
 */
export interface EventLog {
  /** What kind of log it is, as traces name it: `kafka`, `embedded`. */
  readonly system: string;

  /**
   * Creates the topics that are missing and checks those that exist. Safe to call from many processes at once.
   * @throws EventLogError `TOPIC_MISMATCH` when an existing topic has another number of partitions; `UNAVAILABLE`.
   */
  ensureTopics(topics: readonly TopicSettings[]): Promise<void>;

  /**
   * Appends the records, in order per key, and resolves when every in-sync replica has them.
   * A record whose headers carry the context of a recorded trace is published in a span of that trace, and carries the span's own
   * context from then on: so who reads it continues there.
   * A record goes to the partition of its key, the same one through every adapter and client that hashes as Kafka does (murmur2).
   * @throws EventLogError `UNAVAILABLE`: the log is known to be away, nothing was sent. `NOT_CONFIRMED`: no acknowledgement within
   *   `deadlineMs`; some or all of the records may still be appended. `TOO_LARGE`: a record, or all of them together, is over the log's limit of 1 MB, nothing was sent.
   */
  publish(topic: string, records: readonly OutgoingRecord[], options: PublishOptions): Promise<RecordPosition[]>;

  /**
   * Joins a group and handles the batches of the partitions that it is given, at most one batch per partition at a time.
   * Resolves when it reads them.
   * A partition starts at what `positions` answers for it each time that it is assigned.
   */
  consume(options: ConsumeOptions): Promise<Consumption>;

  /** Reads every partition of a topic from the given positions on, commits nothing and leaves no group behind. */
  tail(options: TailOptions): Promise<Tail>;

  /** The range of a topic: per partition the oldest offset that is kept and the offset that the next record will get. */
  offsets(topic: string): Promise<ReadonlyMap<number, OffsetRange>>;

  /** What tells this log from every other, for as long as its records are kept: Kafka's cluster id. */
  identity(): Promise<string>;

  /** How topics are set, by name; one that does not exist is absent. */
  describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicSettings>>;

  /** Whether the log could be reached when last tried. Cheap: makes no request. */
  isUp(): boolean;

  /** Stops every consumption and tail, waits for the batches in hand, and lets go of the log. */
  close(): Promise<void>;
}

export interface TopicSettings {
  name: string;
  partitions: number;
  /** Records older than this are deleted, in milliseconds. */
  retentionMs: number;
}

export interface OutgoingRecord {
  key: string;
  value: Uint8Array;
  headers: Readonly<Record<string, string>>;
}

export interface PublishOptions {
  /** How long to wait for the acknowledgement, in milliseconds. */
  deadlineMs: number;
  /** What the records' spans say beside what the log knows. */
  attributes?: SpanAttributes;
}

export interface RecordPosition {
  partition: number;
  offset: bigint;
}

export interface LogRecord {
  topic: string;
  partition: number;
  offset: bigint;
  /** When the log took the record, UTC milliseconds. */
  timestampMs: number;
  /** Null when a foreign producer set none. */
  key: string | null;
  /** Empty when a foreign producer set none. */
  value: Buffer;
  headers: Readonly<Record<string, string>>;
}

export interface OffsetRange {
  /** The oldest offset that can be read. */
  start: bigint;
  /** The offset that the next record will get. */
  end: bigint;
}

export interface ConsumeOptions {
  topic: string;
  group: string;
  /**
   * The next offset to read per partition, as stored with the effects. A partition that is absent from the answer, or whose
   * position is no longer kept, starts at the oldest record. Called at each assignment, in every process.
   */
  positions(partitions: readonly number[]): Promise<ReadonlyMap<number, bigint>>;
  /**
   * Applies a batch. When it rejects, the partition pauses with back-off and jitter and the same records come again; nothing is skipped.
   * Other partitions go on meanwhile.
   */
  handle(batch: Batch): Promise<void>;
  /** At most this many records in a batch. Default 500. */
  maxBatchRecords?: number;
  /** At most this many bytes of records in a batch, a larger record alone. Default 1 MiB. With 6 partitions a process holds about 6 of them. */
  maxBatchBytes?: number;
}

export interface Batch {
  topic: string;
  partition: number;
  /** At least one, in order of offset, without gaps other than the log's own. */
  records: readonly LogRecord[];
  /** The offset after the last record: the position to store with the effects. */
  nextOffset: bigint;
  /** The partition may belong to another member by now. What is written must be fenced all the same: this only saves work. */
  isStale(): boolean;
}

export interface Consumption {
  /** Partitions this member holds now. */
  assigned(): readonly number[];
  /** Whether the log has answered lately. False while it is away, and while the partitions are being shared anew for long. */
  isReading(): boolean;
  /** Records between what was handled and the end of the partition, per assigned partition, as last seen. */
  lag(): ReadonlyMap<number, bigint>;
  /** Resolves with the reason when the consumption ended without `stop`: it will not go on, the process should end. */
  readonly ended: Promise<Error>;
  /** Finishes the batches in hand, commits the group's offsets for lag tools, leaves the group. */
  stop(): Promise<void>;
}

export interface TailOptions {
  topic: string;
  /** `end`: what comes from now on. Otherwise the next offset per partition; an absent partition starts at the end. */
  from: 'end' | ReadonlyMap<number, bigint>;
  /** Records of one partition, in order. Its promise is waited for before the next records of that partition come; it must not reject. */
  onRecords(records: readonly LogRecord[]): void | Promise<void>;
}

export interface Tail {
  /** Whether it has read everything that was there when it started, or last came back. False while the log is away. */
  caughtUp(): boolean;
  /** Resolves when it has caught up for the first time: from then on no record published later is missed. */
  readonly ready: Promise<void>;
  /** The next offset to read, per partition. */
  positions(): ReadonlyMap<number, bigint>;
  /** Resolves with the reason when the tail ended without `stop`: it will not go on. */
  readonly ended: Promise<Error>;
  stop(): Promise<void>;
}

export type EventLogErrorCode =
  | 'UNAVAILABLE'
  | 'ACCESS_DENIED'
  | 'NOT_CONFIRMED'
  | 'TOO_LARGE'
  | 'TOPIC_MISMATCH'
  | 'UNKNOWN_TOPIC'
  | 'IN_USE'
  | 'CLOSED';

export class EventLogError extends Error {
  override readonly name = 'EventLogError';
  readonly code: EventLogErrorCode;

  constructor(code: EventLogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
