import type { LogRecord } from '@tributary/event-log';
import type { TraceContext } from '@tributary/service';
import type { Positions } from '../cursor.ts';

/** A change of an entity, as subscribers are told of it. */
export interface LiveEvent {
  readonly entityId: string;
  /** Grows with each change of the entity. An event whose version is not above the last seen is a repeat. */
  readonly version: number;
  /** What the root fields of Subscription resolve to. */
  readonly value: Readonly<Record<string, unknown>>;
}

/** What a record says. */
export interface Reading {
  /** Null where the record tells of no change. */
  readonly event: LiveEvent | null;
}

/** A topic whose records tell of changes. */
export interface LiveTopic<R extends Reading> {
  readonly name: string;
  readonly partitions: number;
  /** Without effects, since records are read again for whoever resumes. Throws for a record that cannot be read. */
  read(record: LogRecord): R;
}

/** An event with its place in the topic. */
export interface Entry {
  readonly event: LiveEvent;
  readonly partition: number;
  readonly offset: number;
  /** When the log took it, UTC milliseconds. */
  readonly timestampMs: number;
  readonly trace: TraceContext;
}

/** An entry with its place in the order in which this process read it. */
export interface OrderedEntry extends Entry {
  /** Counts the events of this process. */
  readonly sequence: number;
  /** Where the process stood after it. */
  readonly positions: Positions;
}
