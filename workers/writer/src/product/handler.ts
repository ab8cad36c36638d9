import { setTimeout as delay } from 'node:timers/promises';
import type { BatchPart, PoisonRecord } from '@tributary/event-log';
import type { Logger } from '@tributary/service';
import { isConflict, isRefusedData } from '../database/errors.ts';
import type { CallerKey } from '../inbox.ts';
import type { LaneMoment } from '../outbox/lane.ts';
import type { StoredRecord } from '../outbox/outbox.ts';
import type { Relay } from '../outbox/relay.ts';
import { type DecidedBatch, DeciderError, decideBatch, type Known, rejectDeadCommand } from './batch.ts';
import { readCommand, readDeadCommand, UnreadableCommandError } from './command-record.ts';
import type { WriterMetrics } from './metrics.ts';
import type { ProductSession, ProductWriteStore } from './products.ts';

export interface CommandHandlerOptions {
  store: ProductWriteStore;
  relay: Relay;
  commandsTopic: string;
  eventsTopic: string;
  /** Name under which the positions are stored. */
  consumer: string;
  /** UTC milliseconds. */
  nowMs: () => number;
  metrics: WriterMetrics;
  logger: Logger;
}

/** Turns the records of the commands topic into state, outcomes and events: what `runConsumer` asks for. */
export interface CommandHandler {
  /** Relays what the last owner left, then tells where to read on. */
  positions(partitions: readonly number[]): Promise<ReadonlyMap<number, bigint>>;
  /** Handles commands in one transaction, and has their events relayed. */
  apply(part: Pick<BatchPart, 'partition' | 'records' | 'nextOffset' | 'traceOf'>): Promise<void>;
  isPoison(error: unknown): boolean;
  /** Ends a command that cannot be handled with INTERNAL, where its id is readable, and moves past it. */
  skip(poison: Pick<PoisonRecord, 'record' | 'nextOffset' | 'trace'>): Promise<void>;
}

/** A transaction that other writers keep disturbing this often is left to the consumer's pause. */
const MAX_ATTEMPTS = 10;

export function createCommandHandler(options: CommandHandlerOptions): CommandHandler {
  const { store, relay, commandsTopic, eventsTopic, consumer, nowMs, metrics, logger } = options;

  /** What the transactions of a batch have to read and decide. */
  interface Work {
    partition: number;
    nextOffset: bigint;
    commandIds: readonly string[];
    keys: readonly CallerKey[];
    productIds: readonly string[];
    decide(known: Known): DecidedBatch;
  }

  async function handle(work: Work): Promise<void> {
    relay.assertRoom();
    const lane = relay.lane(work.partition);
    await lane.hasRoom();
    const moment = lane.moment();
    const end = metrics.commit.startTimer();
    const { decided, stored, standing } = await retryConflicts(() =>
      store.transaction((session) => transact(session, work, moment)),
    ).catch((error: unknown) => {
      // It may have been committed all the same, if only the answer got lost.
      relay.sweepSoon(work.partition);
      throw error;
    });
    end();
    metrics.decided(decided, nowMs());

    const free = stored.filter(({ key }) => !standing.has(key));
    const isRelayed = free.length === 0 || lane.send(free, moment);
    if (!isRelayed || free.length < stored.length) relay.sweepSoon(work.partition);
  }

  /** The locks come first: what is read after them is what stands until the commit. */
  async function transact(session: ProductSession, work: Work, moment: LaneMoment) {
    const { partition, nextOffset, commandIds, keys, productIds } = work;
    await session.positions.advance({ consumer, topic: commandsTopic, partition }, nextOffset);
    const states = await session.products.lock(productIds);
    const seen = await session.inbox.findSeen(commandIds, keys);
    const decided = work.decide({ states, seen });
    if (decided.entries.length === 0) return { decided, stored: [] as StoredRecord[], standing: new Set<string>() };
    const recordKeys = [...new Set(decided.records.map(({ key }) => key))];
    const standing = await session.outbox.keysStanding(recordKeys, moment.ids);
    await session.products.save(decided.changed);
    await session.inbox.add(decided.entries);
    const stored = await session.outbox.add(decided.records, partition, nowMs());
    return { decided, stored, standing };
  }

  async function retryConflicts<T>(transaction: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await transaction();
      } catch (error) {
        if (!isConflict(error) || attempt === MAX_ATTEMPTS) throw error;
        metrics.conflicts.inc();
        logger.debug({ err: error, attempt }, 'another writer was faster: once more');
        await delay(Math.random() * 5 * attempt);
      }
    }
  }

  return {
    async positions(partitions) {
      await relay.takeOver(partitions);
      return store.positions.read(consumer, commandsTopic, partitions);
    },
    async apply({ partition, records, nextOffset, traceOf }) {
      const commands = records.map((record) => readCommand(record, traceOf(record)));
      await handle({
        partition,
        nextOffset,
        commandIds: commands.map(({ command }) => command.commandId),
        keys: commands.flatMap(({ command: { caller, idempotencyKey: key } }) =>
          key === undefined ? [] : [{ caller, key }],
        ),
        productIds: [...new Set(commands.map(({ command }) => command.productId))],
        decide: (known) => decideBatch(commands, known, { eventsTopic, nowMs: nowMs() }),
      });
    },
    isPoison: (error) =>
      error instanceof UnreadableCommandError || error instanceof DeciderError || isRefusedData(error),
    async skip({ record, nextOffset, trace }) {
      const command = readDeadCommand(record, trace);
      await handle({
        partition: record.partition,
        nextOffset,
        commandIds: command ? [command.commandId] : [],
        keys: [],
        productIds: command?.productId ? [command.productId] : [],
        decide: (known) =>
          command
            ? rejectDeadCommand(command, known, { eventsTopic, nowMs: nowMs() })
            : { changed: [], entries: [], records: [] },
      });
    },
  };
}
