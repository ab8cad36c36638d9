import type { Positions } from '../cursor.ts';
import {
  type ReplayEnd,
  type ReplayOptions,
  type ReplayReader,
  type ReplaySession,
  startReplay,
  type Waiting,
} from './replay-session.ts';

/** Reads the log again for who resumes from further back than memory reaches. */
export interface Replays {
  /** Reads events to a reader until it is done, or for another reason cannot go on. */
  read(reader: ReplayReader): Promise<ReplayEnd>;
  stop(): Promise<void>;
}

export interface ReplaysOptions extends ReplayOptions {
  /** How long a session goes on while others wait for one, in milliseconds. Default 10,000. */
  readonly sliceMs?: number;
  /** Records that may lie between those who share a session: who is near does not wait for who comes from afar. Default 50,000. */
  readonly sharedRecords?: number;
}

/** Who comes within this time shares a session. */
const GATHER_MS = 50;
const MOST_SESSIONS = 2;
const SLICE_MS = 10_000;
const SHARED_RECORDS = 50_000;

export function createReplays(options: ReplaysOptions): Replays {
  const { sliceMs = SLICE_MS, sharedRecords = SHARED_RECORDS } = options;
  const sessions = new Set<ReplaySession>();
  let waiting: Waiting[] = [];
  let gathering: NodeJS.Timeout | undefined;
  let slice: NodeJS.Timeout | undefined;
  let isStopped = false;

  function schedule(): void {
    if (isStopped || waiting.length === 0) return;
    if (sessions.size < MOST_SESSIONS) gathering ??= setTimeout(start, GATHER_MS);
    else {
      // Whoever has no room loses nothing by waiting outside.
      [...sessions].find((session) => session.isHeld())?.end('paused');
      slice ??= setTimeout(makeRoom, sliceMs);
    }
  }

  function start(): void {
    gathering = undefined;
    for (const { reader, end } of waiting) if (reader.isDone()) end('done');
    waiting = waiting.filter(({ reader }) => !reader.isDone());
    const [longest] = waiting;
    if (!longest) return;
    const isNear = ({ reader }: Waiting) => distance(reader.positions(), longest.reader.positions()) <= sharedRecords;
    const session = startReplay({ ...options, readers: waiting.filter(isNear), onHeld: schedule });
    waiting = waiting.filter((one) => !isNear(one));
    sessions.add(session);
    void session.over.then(() => {
      sessions.delete(session);
      clearTimeout(slice);
      slice = undefined;
      schedule();
    });
    schedule();
  }

  /** Those of the oldest session wait in turn. */
  function makeRoom(): void {
    slice = undefined;
    const [oldest] = sessions;
    oldest?.end('paused');
  }

  return {
    read(reader) {
      if (isStopped) return Promise.resolve('failed');
      return new Promise((end) => {
        waiting.push({ reader, end });
        schedule();
      });
    },
    async stop() {
      isStopped = true;
      clearTimeout(gathering);
      clearTimeout(slice);
      for (const { end } of waiting) end('failed');
      waiting = [];
      for (const session of sessions) session.end('failed');
      await Promise.all([...sessions].map(({ over }) => over));
    },
  };
}

function distance(some: Positions, others: Positions): number {
  return some.reduce((sum, position, partition) => sum + Math.abs(position - others[partition]!), 0);
}
