import type { EventLog, LogRecord } from '../event-log.ts';
import { createFold, type DeadLetterFold } from './fold.ts';
import { ownHeaders } from './headers.ts';
import {
  type DeadLetter,
  type Resolution,
  type ResolutionKind,
  resolutionRecord,
  type WholeDeadLetter,
} from './letter.ts';
import { readTopic } from './read-topic.ts';

export interface DeadLettersOptions {
  log: EventLog;
  /** The dead-letter topic. */
  topic: string;
  /** Makes the id of a replay, such as that of the new command. */
  newId: () => string;
  /** UTC milliseconds. Default: the system's clock. */
  nowMs?: () => number;
  /** How long one reading of the topic, or one record written to it, may take, in milliseconds. Default 15,000. */
  deadlineMs?: number;
}

/** What an operator may do with the records that could not be handled. */
export interface DeadLetters {
  /** Those that are neither replayed nor dropped, newest last; with `all` the others too. Reads the whole topic. */
  list(options?: { all?: boolean }): Promise<DeadLetter[]>;
  /** @throws DeadLetterError `DEAD_LETTER_NOT_FOUND` */
  get(id: string): Promise<WholeDeadLetter>;
  /**
   * Publishes a dead letter once more, in the way that `publish` does. It gets an id that stays the same however often the
   * replay has to be tried, whoever tries: published under that id, it takes effect once.
   * What `publish` throws is passed on; the letter is `replaying` then, and can be replayed again.
   * @throws DeadLetterError `DEAD_LETTER_NOT_FOUND`; `DEAD_LETTER_RESOLVED` when it was replayed or dropped before;
   *   `DEAD_LETTER_CUT` when it was not kept whole
   */
  replay(id: string, publish: Publish, options: { by: string }): Promise<DeadLetter>;
  /**
   * Takes a dead letter off the list; its record stays as long as the topic keeps it.
   * @throws DeadLetterError `DEAD_LETTER_NOT_FOUND`; `DEAD_LETTER_RESOLVED` when it was dropped before, or a replay has begun
   */
  drop(id: string, options: { by: string }): Promise<DeadLetter>;
}

/** Publishes a dead letter anew; resolves when the log has it. */
export type Publish = (letter: WholeDeadLetter, replayId: string) => Promise<unknown>;

export type DeadLetterErrorCode = 'DEAD_LETTER_NOT_FOUND' | 'DEAD_LETTER_RESOLVED' | 'DEAD_LETTER_CUT';

export class DeadLetterError extends Error {
  override readonly name = 'DeadLetterError';
  readonly code: DeadLetterErrorCode;

  constructor(code: DeadLetterErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const DEFAULT_DEADLINE_MS = 15_000;

export function createDeadLetters(options: DeadLettersOptions): DeadLetters {
  const { log, topic, newId, nowMs = Date.now, deadlineMs = DEFAULT_DEADLINE_MS } = options;

  async function read(onRecord?: (record: LogRecord) => void): Promise<DeadLetterFold> {
    const fold = createFold();
    await readTopic(
      log,
      topic,
      (record) => {
        fold.add(record);
        onRecord?.(record);
      },
      deadlineMs,
    );
    return fold;
  }

  async function get(id: string): Promise<WholeDeadLetter> {
    let record: LogRecord | undefined;
    const fold = await read((found) => {
      if (`${found.partition}-${found.offset}` === id) record = found;
    });
    const letter = found(fold, id);
    return { ...letter, value: record?.value ?? Buffer.alloc(0), headers: ownHeaders(record?.headers ?? {}) };
  }

  function found(fold: DeadLetterFold, id: string): DeadLetter {
    const letter = fold.find(id);
    if (!letter) throw new DeadLetterError('DEAD_LETTER_NOT_FOUND', `${topic} has no dead letter ${id}`);
    return letter;
  }

  /**
   * Writes down what is to become of a letter and reads what holds now: of two operators the one whose record came
   * first is told that it is so, the other what is so instead.
   */
  async function resolve(id: string, kind: ResolutionKind, resolution: Resolution): Promise<DeadLetter> {
    await log.publish(topic, [resolutionRecord(id, kind, resolution)], { deadlineMs });
    return found(await read(), id);
  }

  return {
    async list({ all = false } = {}) {
      const letters = (await read()).letters();
      return all ? letters : letters.filter(({ state }) => state === 'open' || state === 'replaying');
    },
    get,
    async replay(id, publish, { by }) {
      const letter = await get(id);
      if (letter.state === 'dropped' || letter.state === 'replayed') throw alreadyResolved(letter);
      if (letter.cutFromBytes !== null)
        throw new DeadLetterError(
          'DEAD_LETTER_CUT',
          `only ${letter.valueBytes} of ${letter.cutFromBytes} bytes were kept`,
        );
      // The id is written down before it is used: whoever tries again, or at the same time, publishes under the same one.
      const begun =
        letter.state === 'replaying'
          ? letter
          : await resolve(letter.id, 'replaying', { by, atMs: nowMs(), replayId: newId() });
      const replayId = begun.resolution?.replayId;
      if (begun.state === 'dropped' || !replayId) throw alreadyResolved(begun);
      await publish({ ...letter, state: begun.state, resolution: begun.resolution }, replayId);
      return resolve(letter.id, 'replayed', { by, atMs: nowMs(), replayId });
    },
    async drop(id, { by }) {
      const letter = found(await read(), id);
      if (letter.state !== 'open') throw alreadyResolved(letter);
      const atMs = nowMs();
      const dropped = await resolve(letter.id, 'dropped', { by, atMs, replayId: null });
      if (dropped.state !== 'dropped') throw alreadyResolved(dropped);
      return dropped;
    },
  };
}

function alreadyResolved({ id, state, resolution }: DeadLetter): DeadLetterError {
  const when = resolution ? ` by ${resolution.by || 'someone'} at ${new Date(resolution.atMs).toISOString()}` : '';
  const what = state === 'replaying' ? 'a replay of it was begun' : `it was ${state}`;
  return new DeadLetterError('DEAD_LETTER_RESOLVED', `nothing can be done with dead letter ${id}: ${what}${when}`);
}
