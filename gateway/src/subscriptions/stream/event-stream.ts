import type { EventLog, LogRecord, Tail } from '@tributary/event-log';
import { type Logger, type ReadinessCheck, untilUp } from '@tributary/service';
import type { Positions } from '../cursor.ts';
import type { LiveTopic, OrderedEntry, Reading } from './live-event.ts';
import { createReading } from './reading.ts';
import { createRing, type Ring } from './ring.ts';
import { startBeforeEnd, toOffsets } from './start.ts';

export interface EventStreamOptions<R extends Reading> {
  readonly log: EventLog;
  readonly topic: LiveTopic<R>;
  /** Told of every record that could be read, repeats included. */
  onReading?(reading: R): void;
  /** Events that are kept in memory for who resumes. Default 16,384. */
  readonly ringEvents?: number;
  /** Bytes of their records. Default 32 MiB. */
  readonly ringBytes?: number;
  readonly logger: Logger;
  /** Gives up the start when aborted. */
  readonly signal: AbortSignal;
}

/** The events of a topic as they come, each once, with the latest of them in memory. */
export interface EventStream {
  /** Resolves when nothing published from now on is missed. Rejects when the start was aborted. */
  readonly ready: Promise<void>;
  /** The latest events; undefined until `ready`. */
  ring(): Ring | undefined;
  /** What tells the log from every other; undefined until `ready`. */
  identity(): string | undefined;
  /** Calls back for every event that was appended to the ring, until the answer is called. */
  onAppend(listener: (entry: OrderedEntry) => void): () => void;
  /** Has the reading wait, batch by batch, until there is room. */
  onBatch(room: () => Promise<void> | undefined): void;
  /** Calls back when the records before a position were deleted before they could be read. */
  onGap(listener: (partition: number, position: number) => void): void;
  readonly check: ReadinessCheck;
  /** Resolves with the reason when no events will come any more. */
  readonly ended: Promise<Error>;
  stop(): Promise<void>;
}

const RING_EVENTS = 16_384;
const RING_BYTES = 32 * 1024 * 1024;

/** Starts to follow a topic, and goes on trying while the log is away. */
export function createEventStream<R extends Reading>(options: EventStreamOptions<R>): EventStream {
  const { log, topic, onReading, logger, signal } = options;
  const { ringEvents = RING_EVENTS, ringBytes = RING_BYTES } = options;
  const read = createReading(topic, logger);
  const ended = Promise.withResolvers<Error>();
  const listeners = new Set<(entry: OrderedEntry) => void>();
  const stopping = new AbortController();
  const ending = AbortSignal.any([signal, stopping.signal]);
  let room: () => Promise<void> | undefined = () => undefined;
  let gapped: (partition: number, position: number) => void = () => {};
  let ring: Ring | undefined;
  let identity: string | undefined;
  let tail: Tail | undefined;
  let isReady = false;

  function take(into: Ring, records: readonly LogRecord[]): Promise<void> | undefined {
    const [first] = records;
    if (first && Number(first.offset) > positionOf(into.positions(), first)) {
      into.lose(first.partition, Number(first.offset));
      gapped(first.partition, Number(first.offset));
    }
    for (const record of records) {
      const found = read(record);
      if (found) onReading?.(found.reading);
      if (found?.entry) {
        const entry = into.append(found.entry, record.value.byteLength);
        for (const listener of listeners) listener(entry);
      } else into.advance(record.partition, Number(record.offset) + 1);
    }
    return room();
  }

  async function open(): Promise<void> {
    identity = await log.identity();
    const { from, trusted } = startBeforeEnd(await log.offsets(topic.name), topic.partitions);
    const opened = createRing({ capacity: ringEvents, maxBytes: ringBytes, start: from, complete: trusted });
    tail = await log.tail({ topic: topic.name, from: toOffsets(from), onRecords: (records) => take(opened, records) });
    ring = opened;
  }

  async function start(): Promise<void> {
    await untilUp('the event log', open, { logger, signal: ending });
    void tail?.ended.then(ended.resolve);
    await Promise.race([tail?.ready, rejectionOf(ending)]);
    isReady = true;
  }

  const ready = start();
  // Whoever waits for it is told; nobody has to.
  ready.catch(() => {});

  return {
    ready,
    ring: () => (isReady ? ring : undefined),
    identity: () => identity,
    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    onBatch(wait) {
      room = wait;
    },
    onGap(listener) {
      gapped = listener;
    },
    check: {
      name: 'events tail',
      check: () => (tail?.caughtUp() ? null : 'has not caught up with the event log'),
    },
    ended: ended.promise,
    async stop() {
      stopping.abort();
      await ready.catch(() => {});
      await tail?.stop();
    },
  };
}

function positionOf(positions: Positions, { partition }: LogRecord): number {
  return positions[partition] ?? 0;
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
