import type { EventLog, LogRecord, OffsetRange, Tail } from '@tributary/event-log';
import type { Logger } from '@tributary/service';
import type { Positions } from '../cursor.ts';
import type { Entry, LiveTopic, Reading } from './live-event.ts';
import { createReading } from './reading.ts';
import { REPEAT_RECORDS, toOffsets } from './start.ts';

/** Somebody who has to be read what is no longer in memory. */
export interface ReplayReader {
  positions(): Positions;
  /** Takes an event that is not behind its positions. False when it has no room: it is read no more until it asks again. */
  take(entry: Entry): boolean | Promise<boolean>;
  /** It has been read all that comes before this position. */
  pass(partition: number, position: number): void;
  /** Whether the rest is in memory, or it wants no more. */
  isDone(): boolean;
}

export type ReplayEnd = 'done' | 'paused' | 'expired' | 'failed';

export interface ReplaysOptions {
  readonly log: EventLog;
  readonly topic: LiveTopic<Reading>;
  /** Told how many records a replay has read. */
  onRead(records: number): void;
  readonly logger: Logger;
}

/** Reads the log again for who resumes from further back than memory reaches. */
export interface Replays {
  /** Reads events to a reader until it is done, or for another reason cannot go on. */
  read(reader: ReplayReader): Promise<ReplayEnd>;
  stop(): Promise<void>;
}

/** Who comes within this time shares a replay. */
const GATHER_MS = 50;
const MOST_AT_ONCE = 2;
/** How long nothing may come of a replay before it is given up. */
const SILENT_MS = 30_000;

interface Waiting {
  readonly reader: ReplayReader;
  end(how: ReplayEnd): void;
}

export function createReplays({ log, topic, onRead, logger }: ReplaysOptions): Replays {
  const sessions = new Set<Promise<void>>();
  const stopping = new AbortController();
  let gathering: Waiting[] = [];
  let timer: NodeJS.Timeout | undefined;

  function startSoon(): void {
    if (stopping.signal.aborted || gathering.length === 0 || sessions.size >= MOST_AT_ONCE) return;
    timer ??= setTimeout(start, GATHER_MS);
  }

  function start(): void {
    timer = undefined;
    const readers = new Set(gathering);
    gathering = [];
    const session = replay(readers)
      .catch((error: unknown) => logger.warn({ err: error }, 'a replay of events failed'))
      .finally(() => {
        for (const { end } of readers) end('failed');
        sessions.delete(session);
        startSoon();
      });
    sessions.add(session);
  }

  /** Whoever is left among the readers when it resolves has not been served. */
  async function replay(readers: Set<Waiting>): Promise<void> {
    const ranges = await log.offsets(topic.name);
    for (const waiting of [...readers])
      if (!isWithin(waiting.reader.positions(), ranges)) leave(readers, waiting, 'expired');
    if (readers.size === 0) return;

    const read = createReading(topic, logger);
    const from = furthestBack([...readers], ranges);
    const expected = [...from];
    const over = Promise.withResolvers<void>();
    let progressMs = performance.now();

    function releaseDone(): void {
      for (const waiting of [...readers]) if (waiting.reader.isDone()) leave(readers, waiting, 'done');
      if (readers.size === 0) over.resolve();
    }

    async function tell(entry: Entry): Promise<void> {
      const answers: Promise<void>[] = [];
      for (const waiting of [...readers]) {
        const { reader } = waiting;
        if (reader.isDone() || entry.offset < reader.positions()[entry.partition]!) continue;
        const taken = reader.take(entry);
        if (taken === false) leave(readers, waiting, 'paused');
        else if (taken !== true)
          answers.push(taken.then((isTaken) => void (isTaken || leave(readers, waiting, 'paused'))));
      }
      await Promise.all(answers);
    }

    async function onRecords(records: readonly LogRecord[]): Promise<void> {
      const [first] = records;
      if (!first || readers.size === 0) return;
      const { partition } = first;
      onRead(records.length);
      // Retention may have overtaken the replay.
      if (Number(first.offset) > expected[partition]!)
        for (const waiting of [...readers])
          if (waiting.reader.positions()[partition]! < Number(first.offset)) leave(readers, waiting, 'expired');
      for (const record of records) {
        const entry = read(record)?.entry;
        if (entry) await tell(entry);
        const position = Number(record.offset) + 1;
        expected[partition] = position;
        for (const { reader } of readers)
          if (reader.positions()[partition]! < position) reader.pass(partition, position);
        progressMs = performance.now();
      }
      releaseDone();
    }

    const tail: Tail = await log.tail({ topic: topic.name, from: toOffsets(from), onRecords });
    const watch = setInterval(() => {
      releaseDone();
      if (performance.now() - progressMs > SILENT_MS) over.resolve();
    }, 250);
    try {
      await Promise.race([over.promise, tail.ended.then((reason) => Promise.reject(reason)), aborted(stopping.signal)]);
    } finally {
      clearInterval(watch);
      await tail.stop();
    }
  }

  function leave(readers: Set<Waiting>, waiting: Waiting, how: ReplayEnd): void {
    if (readers.delete(waiting)) waiting.end(how);
  }

  return {
    read(reader) {
      if (stopping.signal.aborted) return Promise.resolve('failed');
      return new Promise((end) => {
        gathering.push({ reader, end });
        startSoon();
      });
    },
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      for (const { end } of gathering) end('failed');
      gathering = [];
      await Promise.all(sessions);
    },
  };
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

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
