import type { EventLog, LogRecord, OffsetRange, Tail } from '@tributary/event-log';
import type { Logger } from '@tributary/service';
import type { Positions } from '../cursor.ts';
import type { Entry, LiveTopic, Reading } from './live-event.ts';
import { createReading } from './reading.ts';
import { REPEAT_RECORDS, toOffsets } from './start.ts';
import type { Turns } from './turns.ts';

/** Somebody who has to be read what is no longer in memory. */
export interface ReplayReader {
  positions(): Positions;
  /** Takes an event that is not behind its positions. False when it has no room. */
  take(entry: Entry): boolean | Promise<boolean>;
  /** Resolves when it has room, or wants no more. */
  room(): Promise<void>;
  /** It has been read all that comes before this position. */
  pass(partition: number, position: number): void;
  /** Whether the rest is in memory, or it wants no more. */
  isDone(): boolean;
}

export type ReplayEnd = 'done' | 'paused' | 'expired' | 'failed';

/** A reader, and whom to tell how its reading ended. */
export interface Waiting {
  readonly reader: ReplayReader;
  end(how: ReplayEnd): void;
}

export interface ReplayOptions {
  readonly log: EventLog;
  readonly topic: LiveTopic<Reading>;
  readonly turns: Turns;
  /** Told how many records were read. */
  onRead(records: number): void;
  readonly logger: Logger;
}

export interface ReplaySessionOptions extends ReplayOptions {
  readonly readers: readonly Waiting[];
  /** Told when it begins to wait for its readers. */
  onHeld(): void;
}

/** One reading of the log, for all who read along. */
export interface ReplaySession {
  /** Resolves when nobody reads along any more and the log has been let go of. */
  readonly over: Promise<void>;
  /** Whether it waits for its readers, none of whom has room. */
  isHeld(): boolean;
  /** Ends it for all who still read along. */
  end(how: ReplayEnd): void;
}

/** How often it is looked who has had enough, while no records come. */
const LOOK_MS = 250;
/** How long nothing may come of a session before it is given up. */
const SILENT_MS = 30_000;

/** Reads the log from the position of the reader that is furthest back, to each what it has not seen. */
export function startReplay(options: ReplaySessionOptions): ReplaySession {
  const { log, topic, turns, onRead, onHeld, logger } = options;
  const readers = new Set(options.readers);
  const deserted = Promise.withResolvers<void>();
  const held = new Set<() => void>();
  const read = createReading(topic, logger);
  let expected: number[] = [];
  let progressMs = performance.now();

  function leave(one: Waiting, how: ReplayEnd): void {
    if (!readers.delete(one)) return;
    one.end(how);
    if (readers.size > 0) return;
    deserted.resolve();
    for (const release of held) release();
  }

  function leaveAll(how: ReplayEnd, whom: (reader: ReplayReader) => boolean): void {
    for (const one of [...readers]) if (whom(one.reader)) leave(one, how);
  }

  /** Those who had no room for the event. */
  async function offer(entry: Entry): Promise<readonly Waiting[]> {
    const refused: Waiting[] = [];
    const answers: Promise<void>[] = [];
    for (const one of [...readers]) {
      const { reader } = one;
      // What comes from here on it has in memory, and is not read past.
      if (reader.isDone()) leave(one, 'done');
      else if (entry.offset >= reader.positions()[entry.partition]!) {
        const taken = reader.take(entry);
        if (taken === false) refused.push(one);
        else if (taken !== true)
          answers.push(
            taken.then(
              (isTaken) => void (isTaken || refused.push(one)),
              (error: unknown) => {
                logger.error({ err: error }, 'an event could not be replayed');
                leave(one, 'failed');
              },
            ),
          );
      }
    }
    await Promise.all(answers);
    return refused;
  }

  async function tell(entry: Entry): Promise<void> {
    for (;;) {
      // Whoever has left meanwhile, by what another partition brought, is not waited for.
      const refused = (await offer(entry)).filter((one) => readers.has(one));
      if (refused.length === 0) return;
      if (refused.length < readers.size) {
        for (const one of refused) leave(one, 'paused');
        return;
      }
      // Nobody is held up by waiting.
      await roomOfAny(refused);
    }
  }

  async function roomOfAny(refused: readonly Waiting[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    held.add(resolve);
    for (const { reader } of refused) void reader.room().then(resolve);
    onHeld();
    await promise;
    held.delete(resolve);
  }

  async function onRecords(records: readonly LogRecord[]): Promise<void> {
    const [first] = records;
    if (!first || readers.size === 0) return;
    const { partition } = first;
    onRead(records.length);
    const from = Number(first.offset);
    // Retention may have overtaken the reading.
    if (from > expected[partition]!) leaveAll('expired', (reader) => reader.positions()[partition]! < from);
    for (const record of records) {
      const entry = read(record)?.entry;
      if (entry) await tell(entry);
      if (readers.size === 0) return;
      const position = Number(record.offset) + 1;
      expected[partition] = position;
      for (const { reader } of readers) if (reader.positions()[partition]! < position) reader.pass(partition, position);
      progressMs = performance.now();
      if (turns.isOver()) await turns.next();
    }
    leaveAll('done', (reader) => reader.isDone());
  }

  async function run(): Promise<void> {
    const ranges = await log.offsets(topic.name);
    leaveAll('expired', (reader) => !isWithin(reader.positions(), ranges));
    if (readers.size === 0) return;
    const from = furthestBack([...readers], ranges);
    expected = [...from];
    const tail: Tail = await log.tail({ topic: topic.name, from: toOffsets(from), onRecords });
    const watch = setInterval(() => {
      leaveAll('done', (reader) => reader.isDone());
      if (held.size === 0 && performance.now() - progressMs > SILENT_MS) leaveAll('failed', () => true);
    }, LOOK_MS);
    try {
      await Promise.race([deserted.promise, tail.ended.then((reason) => Promise.reject(reason))]);
    } finally {
      clearInterval(watch);
      leaveAll('failed', () => true);
      await tail.stop();
    }
  }

  const over = run()
    .catch((error: unknown) => logger.warn({ err: error }, 'a replay of events failed'))
    .finally(() => leaveAll('failed', () => true));
  return { over, isHeld: () => held.size > 0, end: (how) => leaveAll(how, () => true) };
}

/** Whether the log has everything from these positions on, and has ever had them. */
function isWithin(positions: Positions, ranges: ReadonlyMap<number, OffsetRange>): boolean {
  return [...ranges].every(([partition, { start, end }]) => {
    const position = BigInt(positions[partition] ?? 0);
    return position >= start && position <= end;
  });
}

/** So far before the first position of any of them that what is repeated behind it is known when it comes. */
function furthestBack(readers: readonly Waiting[], ranges: ReadonlyMap<number, OffsetRange>): number[] {
  const [first, ...others] = readers.map(({ reader }) => reader.positions());
  const nearest = first!.map((position, partition) =>
    Math.min(position, ...others.map((positions) => positions[partition]!)),
  );
  return nearest.map((position, partition) =>
    Math.max(Number(ranges.get(partition)?.start ?? 0n), position - REPEAT_RECORDS),
  );
}
