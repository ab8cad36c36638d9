import { type Operation, OperationError, operation } from '@tributary/service';
import { z } from 'zod';
import { createDeadLetters, type DeadLetter, type Publish, type WholeDeadLetter } from '../dead-letters/index.ts';
import type { EventLog } from '../event-log.ts';
import { toldByCode } from './errors.ts';

export interface DeadLetterOperationsOptions {
  /** What the records of the topic were, such as `commands`: the operations are then `commands.dead-letters.list` and so on. */
  of: string;
  log: EventLog;
  /** The dead-letter topic. */
  topic: string;
  /** Makes the id of a replay. */
  newId: () => string;
  /** What the record says, as JSON, for the operator to read; null when it cannot be read. */
  contentOf(letter: WholeDeadLetter): unknown;
  /** Why a letter cannot be replayed, in words; null when it can. */
  refusalOf?(letter: WholeDeadLetter): string | null;
  publish: Publish;
}

/** A dead letter as JSON: times are RFC 3339, offsets text. */
export interface DeadLetterView
  extends Omit<DeadLetter, 'origin' | 'diedAtMs' | 'resolution'>,
    Record<'diedAt', string> {
  origin: { topic: string; partition: number; offset: string; timestamp: string | null };
  resolution: { by: string; at: string; replayId: string | null } | null;
}

const one = z.strictObject({ id: z.string() });
const byWhom = z.strictObject({ id: z.string(), by: z.string().max(200).default('an operator') });

/** How a kind of record is read and told as JSON, as generated for a message. */
export interface RecordCodec<Message> {
  decode(value: Uint8Array): Message;
  toJSON(message: Message): unknown;
}

/** What the value of a record says, as JSON; null when it cannot be read. */
export function contentOf<Message>(codec: RecordCodec<Message>, value: Uint8Array): unknown {
  try {
    return codec.toJSON(codec.decode(value));
  } catch {
    return null;
  }
}

/** `<of>.dead-letters.list`, `.show`, `.replay` and `.drop`. */
export function deadLetterOperations(options: DeadLetterOperationsOptions): Operation[] {
  const { of, log, topic, newId, refusalOf = () => null, publish } = options;
  const letters = createDeadLetters({ log, topic, newId });

  function named<Input>(verb: string, input: z.ZodType<Input>, run: (input: Input) => Promise<unknown>): Operation {
    return operation(`${of}.dead-letters.${verb}`, input, (given) => toldByCode(() => run(given)));
  }
  return [
    named('list', z.strictObject({ all: z.boolean().default(false) }), async ({ all }) => ({
      deadLetters: (await letters.list({ all })).map(viewOf),
    })),
    named('show', one, async ({ id }) => {
      const letter = await letters.get(id);
      const { headers, value } = letter;
      return {
        ...viewOf(letter),
        headers,
        content: options.contentOf(letter),
        valueBase64: value.toString('base64'),
        replayable: letter.cutFromBytes === null && refusalOf(letter) === null,
      };
    }),
    named('replay', byWhom, async ({ id, by }) => {
      // Before the replay begins: one that has begun can no longer be dropped.
      const refusal = refusalOf(await letters.get(id));
      if (refusal !== null) throw new OperationError('DEAD_LETTER_UNREADABLE', refusal);
      return viewOf(await letters.replay(id, publish, { by }));
    }),
    named('drop', byWhom, async ({ id, by }) => viewOf(await letters.drop(id, { by }))),
  ];
}

function viewOf(letter: DeadLetter): DeadLetterView {
  const { id, state, resolution, reason, code, stackDigest, origin, diedAtMs, key } = letter;
  const { valueBytes, cutFromBytes, traceparent, repeats } = letter;
  return {
    ...{ id, state, reason, code, stackDigest, key, valueBytes, cutFromBytes, traceparent, repeats },
    diedAt: timeOf(diedAtMs),
    origin: {
      topic: origin.topic,
      partition: origin.partition,
      offset: String(origin.offset),
      timestamp: origin.timestampMs === null ? null : timeOf(origin.timestampMs),
    },
    resolution: resolution && { by: resolution.by, at: timeOf(resolution.atMs), replayId: resolution.replayId },
  };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
