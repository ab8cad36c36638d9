import type { EventLog, LogRecord, Tail } from '@tributary/event-log';
import type { CommandView } from '@tributary/product';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { productEvents } from '@tributary/proto/topics.ts';
import { type Logger, type ReadinessCheck, untilUp } from '@tributary/service';
import { LRUCache } from 'lru-cache';
import { type Notice, noticeOf, type ProductEventView } from './event.ts';

export interface ProductFeedOptions {
  readonly log: EventLog;
  readonly logger: Logger;
  /** Gives up the start when aborted. */
  readonly signal: AbortSignal;
}

/** The product events as they come, each once, for this process's subscriptions. */
export interface ProductFeed {
  /** Resolves when nothing published from now on is missed. Rejects when the start was aborted. */
  readonly ready: Promise<void>;
  /** Whether `ready` has resolved. */
  isReady(): boolean;
  /** Calls back for every change of a product until the answer is called. */
  onChange(listener: (change: ProductEventView) => void): () => void;
  /** Calls back when the command's outcome comes, until the answer is called. */
  onOutcome(commandId: string, listener: (outcome: CommandView) => void): () => void;
  /** The outcome of a command that ended lately. */
  recentOutcome(commandId: string): CommandView | undefined;
  readonly check: ReadinessCheck;
  /** Resolves with the reason when no events will come any more. */
  readonly ended: Promise<Error>;
  stop(): Promise<void>;
}

/** Beyond these a repeat may pass; repeats follow soon after what they repeat. */
const REMEMBERED_VERSIONS = 100_000;
const REMEMBERED_OUTCOMES = 20_000;

/** Starts to follow the events topic from its end, and goes on trying while the log is away. */
export function createProductFeed({ log, logger, signal }: ProductFeedOptions): ProductFeed {
  const versions = new LRUCache<string, number>({ max: REMEMBERED_VERSIONS });
  const outcomes = new LRUCache<string, CommandView>({ max: REMEMBERED_OUTCOMES });
  const changeListeners = new Set<(change: ProductEventView) => void>();
  const outcomeListeners = new Map<string, Set<(outcome: CommandView) => void>>();
  const ended = Promise.withResolvers<Error>();
  let tail: Tail | undefined;
  let isReady = false;

  function onRecords(records: readonly LogRecord[]): void {
    for (const record of records) {
      const notice = read(record);
      if (!notice) continue;
      publishOutcome(notice.outcome);
      if (notice.change) publishChange(notice.change);
    }
  }

  function read({ value, partition, offset }: LogRecord): Notice | null {
    try {
      return noticeOf(ProductEvent.decode(value));
    } catch (error) {
      logger.error(
        { err: error, partition, offset: String(offset) },
        'an event cannot be read; subscribers do not see it',
      );
      return null;
    }
  }

  function publishOutcome(outcome: CommandView): void {
    // Of an event that a newer version wrote, the outcome may not be known here.
    if (outcome.state === 'PENDING' || outcomes.has(outcome.id)) return;
    outcomes.set(outcome.id, outcome);
    for (const listener of outcomeListeners.get(outcome.id) ?? []) listener(outcome);
  }

  function publishChange(change: ProductEventView): void {
    if (change.version <= (versions.get(change.productId) ?? 0)) return;
    versions.set(change.productId, change.version);
    for (const listener of changeListeners) listener(change);
  }

  const stopping = new AbortController();
  const ending = AbortSignal.any([signal, stopping.signal]);

  async function start(): Promise<void> {
    tail = await untilUp('the event log', () => log.tail({ topic: productEvents.name, from: 'end', onRecords }), {
      logger,
      signal: ending,
    });
    void tail.ended.then(ended.resolve);
    await Promise.race([tail.ready, rejectionOf(ending)]);
    isReady = true;
  }

  const ready = start();
  // Whoever waits for it is told; nobody has to.
  ready.catch(() => {});

  return {
    ready,
    isReady: () => isReady,
    onChange(listener) {
      changeListeners.add(listener);
      return () => changeListeners.delete(listener);
    },
    onOutcome(commandId, listener) {
      const listeners = outcomeListeners.get(commandId) ?? new Set();
      outcomeListeners.set(commandId, listeners.add(listener));
      return () => {
        listeners.delete(listener);
        if (listeners.size === 0 && outcomeListeners.get(commandId) === listeners) outcomeListeners.delete(commandId);
      };
    },
    recentOutcome: (commandId) => outcomes.get(commandId),
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

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
