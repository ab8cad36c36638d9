import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog, LogRecord } from '@tributary/event-log';
import { changesOf, UnreadableEventError } from './projection.ts';
import { type Changes, type GenerationsLease, type ReadModel, ReadModelError } from './read-model/read-model.ts';

export interface CatchUpOptions {
  log: EventLog;
  eventsTopic: string;
  readModel: Pick<ReadModel, 'generations'>;
  lease: GenerationsLease;
  /** A maintained generation that does not serve. */
  generation: string;
  signal: AbortSignal;
}

/** Reads the events from where a generation stands and applies them to it, while the projectors do so from where they are. */
export interface CatchUp {
  /** Resolves when the generation is at or past these positions. Rejects when it cannot get there. */
  until(positions: ReadonlyMap<number, bigint>): Promise<void>;
  stop(): Promise<void>;
}

/** A generation has fallen behind what the topic still keeps: it can only be built anew. */
export class GenerationTooOldError extends Error {
  override readonly name = 'GenerationTooOldError';
  readonly code = 'GENERATION_TOO_OLD';
}

const RETRY_MS = 100;

/** @throws GenerationTooOldError; ReadModelError `NOT_MAINTAINED`, `UNAVAILABLE`; EventLogError */
export async function startCatchUp(options: CatchUpOptions): Promise<CatchUp> {
  const { log, eventsTopic, readModel, lease, generation } = options;
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const positions = new Map(await positionsOf(readModel, generation));
  for (const [partition, { start }] of await log.offsets(eventsTopic))
    if ((positions.get(partition) ?? 0n) < start)
      throw new GenerationTooOldError(`generation ${generation} lacks events that are no longer kept`);

  async function take(records: readonly LogRecord[]): Promise<void> {
    const { partition, offset } = records.at(-1) as LogRecord;
    const range = { partition, firstOffset: positions.get(partition) ?? 0n, nextOffset: offset + 1n };
    const changes = readable(records);
    while (!signal.aborted) {
      try {
        await lease.apply(generation, changes, range);
        positions.set(partition, range.nextOffset);
        return;
      } catch (error) {
        if (!(error instanceof ReadModelError && error.code === 'UNAVAILABLE')) return failed.abort(error);
        await delay(RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  const tail = await log.tail({ topic: eventsTopic, from: positions, onRecords: take });
  void tail.ended.then((reason) => failed.abort(reason));
  return {
    until: (wanted) => untilAt(readModel, generation, wanted, { signal }),
    async stop() {
      failed.abort(new Error('it was stopped'));
      await tail.stop();
    },
  };
}

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * Resolves when a maintained generation is at or past positions.
 * @throws the reason of the signal; ReadModelError `NOT_MAINTAINED`, `UNAVAILABLE`
 */
export async function untilAt(
  readModel: Pick<ReadModel, 'generations'>,
  generation: string,
  wanted: ReadonlyMap<number, bigint>,
  { signal }: { signal: AbortSignal },
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    signal.throwIfAborted();
    if (isAt(await positionsOf(readModel, generation), wanted)) return;
    await delay(pauseMs, undefined, { signal }).catch(() => {});
  }
}

/** Whether positions are at or past others in every partition. */
export function isAt(positions: ReadonlyMap<number, bigint>, wanted: ReadonlyMap<number, bigint>): boolean {
  return [...wanted].every(([partition, offset]) => (positions.get(partition) ?? 0n) >= offset);
}

/** The offsets that the next records of a topic will get. */
export async function endsOf(log: EventLog, topic: string): Promise<ReadonlyMap<number, bigint>> {
  return new Map([...(await log.offsets(topic))].map(([partition, { end }]) => [partition, end]));
}

async function positionsOf(
  readModel: Pick<ReadModel, 'generations'>,
  generation: string,
): Promise<ReadonlyMap<number, bigint>> {
  const positions = (await readModel.generations())?.maintained.get(generation);
  if (positions) return positions;
  throw new ReadModelError('NOT_MAINTAINED', `generation ${generation} is not maintained`);
}

/** What can be projected of records: whoever consumes them makes dead letters of the others. */
function readable(records: readonly LogRecord[]): Changes {
  try {
    return changesOf(records);
  } catch (error) {
    if (!(error instanceof UnreadableEventError)) throw error;
    const [record, ...others] = records;
    if (!record || others.length === 0) return { products: [], outcomes: [] };
    const middle = Math.ceil(records.length / 2);
    const [left, right] = [readable(records.slice(0, middle)), readable(records.slice(middle))];
    return { products: [...left.products, ...right.products], outcomes: [...left.outcomes, ...right.outcomes] };
  }
}
