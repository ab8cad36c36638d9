import type { Logger } from '@tributary/service';
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import { type BatchLimits, takeBatch } from '../batch-limits.ts';
import { EventLogError, type LogRecord } from '../event-log.ts';
import { sizeOf } from '../record-size.ts';
import { recordOf } from './records.ts';

export interface GroupReaderOptions {
  kafka: Kafka;
  group: string;
  topic: string;
  partitions: number;
  /**
   * The offset that each partition given to this member starts from. Asked at every join, so that a position is never
   * what the group happened to commit.
   */
  startOffsets(partitions: readonly number[]): Promise<ReadonlyMap<number, bigint>>;
  /** The oldest offset of a partition that is kept. */
  oldestOffset(partition: number): Promise<bigint>;
  /** Takes the records of one partition, in order. Resolves with whether they are done; otherwise they come again. */
  take(partition: number, records: readonly LogRecord[], end: bigint, payload: EachBatchPayload): Promise<boolean>;
  limits: BatchLimits;
  /** Called at each join, and when a fetch ends after none had for a while: what came meanwhile is still to be read. */
  onBack?(): void;
  /** How long no fetch may end before the consumer is replaced, in milliseconds. Default 30,000. */
  stuckAfterMs?: number;
  logger: Logger;
}

/** A member of a Kafka group that reads from positions held elsewhere, and is replaced when it stops making progress. */
export interface GroupReader {
  assigned(): readonly number[];
  isAssigned(partition: number): boolean;
  /** Whether the brokers have answered a fetch lately. */
  isFetching(): boolean;
  /** Reads a partition again from an offset, after `delayMs`. */
  readAgain(partition: number, offset: bigint, delayMs: number): void;
  /** Tells Kafka's lag tools how far a partition was handled. */
  commit(partition: number, offset: bigint): void;
  /** Resolves when it has been given its partitions for the first time and reads them from where they start. */
  readonly joined: Promise<void>;
  readonly ended: Promise<Error>;
  stop(): Promise<void>;
}

const settings = {
  sessionTimeout: 6_000,
  // How long the others wait for a member that the group still knows but that is gone: a broker that comes back knows all of
  // those whose consumers were made anew meanwhile. A live member joins within a heartbeat; one that is late is only shared anew.
  rebalanceTimeout: 2_500,
  // How soon a member learns that another has joined: until then its partitions, and the newcomer's, stand still.
  heartbeatInterval: 300,
  maxWaitTimeInMs: 50,
  minBytes: 1,
  // What one fetch brings from one broker, whatever the number of partitions.
  maxBytes: 10_485_760,
  allowAutoTopicCreation: false,
} as const satisfies Partial<ConsumerConfig>;

/** A fetch ends at least every `maxWaitTimeInMs`; none for this long means that the brokers are away. */
const FETCHING_WITHIN_MS = 2_000;
/** None for this long means that the library is stuck (kafkajs #1456), since it would otherwise have crashed or gone on. */
const STUCK_AFTER_MS = 30_000;
/** How often it is looked for a stuck fetch, as a part of the time that makes it one. */
const WATCHES = 6;
/**
 * The library gives up for good when no broker names the group's coordinator in time, as one does not that is just starting or
 * overloaded (kafkajs: cluster/index.js, findGroupCoordinatorMetadata). That passes.
 */
const COORDINATOR_AWAY = 'KafkaJSGroupCoordinatorNotFound';
const REPLACE_AFTER_MS = 500;
const COMMIT_EVERY_MS = 1_000;
/** Records that take longer no longer hold up the other partitions. */
const SLOW_AFTER_MS = 100;

export async function createGroupReader(options: GroupReaderOptions): Promise<GroupReader> {
  const { kafka, group, topic, limits, stuckAfterMs = STUCK_AFTER_MS, logger } = options;
  const joined = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Error>();
  /** The next offset of each partition that is read; absent until its start is known. */
  const next = new Map<number, bigint>();
  /** How far partitions were handled since that was last committed. */
  const handled = new Map<number, bigint>();
  /** Partitions whose records are being taken while the others go on. */
  const detached = new Set<number>();
  let assigned: readonly number[] = [];
  let generation = 0;
  let lastFetchMs = Date.now();
  /**
   * How often it was looked in vain for a fetch of the consumer at hand. Looks are counted, not time: what a process that got no
   * time missed is no fault of its consumer.
   */
  let looksInVain = 0;
  let stopped = false;
  let consumer = create();
  joined.promise.catch(() => {}); // told to whoever waits for it

  function create(): Consumer {
    const created = kafka.consumer({ groupId: group, ...settings, maxBytesPerPartition: limits.maxBytes });
    created.on(created.events.GROUP_JOIN, ({ payload }) => {
      options.onBack?.();
      assigned = payload.memberAssignment[topic] ?? [];
      void begin(created, ++generation);
    });
    created.on(created.events.FETCH, () => {
      const wasAway = !isFetching();
      lastFetchMs = Date.now();
      looksInVain = 0;
      if (wasAway) options.onBack?.();
    });
    created.on(created.events.CRASH, ({ payload: { error, restart } }) => {
      if (stopped || created !== consumer) return;
      logger.warn({ err: error, group, topic, restart }, 'the consumer crashed');
      if (restart) return;
      if (error.name === COORDINATOR_AWAY) replaceSoon();
      else ended.resolve(new EventLogError('UNAVAILABLE', `the consumer of ${topic} cannot go on`, { cause: error }));
    });
    return created;
  }

  function isFetching(): boolean {
    return !stopped && Date.now() - lastFetchMs < FETCHING_WITHIN_MS;
  }

  /** Moves every partition of a new assignment to where it starts. */
  async function begin(joining: Consumer, joinedGeneration: number): Promise<void> {
    next.clear();
    const isCurrent = () => !stopped && joinedGeneration === generation && joining === consumer;
    for (let delayMs = 100; isCurrent(); delayMs = Math.min(delayMs * 2, 5_000)) {
      try {
        const starts = await options.startOffsets(assigned);
        if (!isCurrent()) return;
        for (const [partition, offset] of starts) {
          next.set(partition, offset);
          joining.seek({ topic, partition, offset: String(offset) });
        }
        logger.debug({ group, topic, partitions: assigned }, 'joined');
        joined.resolve();
        return;
      } catch (error) {
        logger.warn({ err: error, group, topic, retryInMs: delayMs }, 'positions cannot be read');
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  }

  async function eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, heartbeat } = payload;
    const { partition } = batch;
    const start = next.get(partition);
    // Until its start is known a partition is read from wherever the group would start: that is dropped.
    if (start === undefined || detached.has(partition)) return;
    const messages = batch.messages.filter(({ offset }) => BigInt(offset) >= start);
    const [first] = messages;
    if (!first) {
      if (batch.messages.length > 0) consumer.seek({ topic, partition, offset: String(start) });
      return;
    }
    if (BigInt(fetchedOffset(batch)) > start) return goOnFrom(partition, start);
    for (let from = 0; from < messages.length; ) {
      const records = takeBatch(recordsOf(topic, partition, messages, from), sizeOf, limits);
      from += records.length;
      const end = (records.at(-1) as LogRecord).offset + 1n;
      const taken = options.take(partition, records, end, payload);
      const outcome = await Promise.race([taken, later()]);
      if (outcome === 'slow') return detach(partition, taken, end);
      if (!outcome || !next.has(partition)) return;
      next.set(partition, end);
      resolveOffset(String(end - 1n));
      await heartbeat();
      if (!payload.isRunning() || payload.isStale()) return;
    }
  }

  /** Reads a partition from an offset, or from the oldest record where those before it were deleted unread. */
  async function goOnFrom(partition: number, offset: bigint): Promise<void> {
    const oldest = await options.oldestOffset(partition).catch(() => offset);
    if (next.get(partition) !== offset) return;
    const start = oldest > offset ? oldest : offset;
    if (oldest > offset)
      logger.warn(
        { group, topic, partition, from: String(offset), to: String(oldest) },
        'goes on with the oldest record that is kept',
      );
    next.set(partition, start);
    consumer.seek({ topic, partition, offset: String(start) });
  }

  /** Lets the other partitions of the broker go on (kafkajs #1732) while this one takes its time. */
  function detach(partition: number, taken: Promise<boolean>, end: bigint): void {
    const reader = consumer;
    const paused = { topic, partitions: [partition] };
    const begun = generation;
    reader.pause([paused]);
    detached.add(partition);
    void taken.then((isDone) => {
      detached.delete(partition);
      if (stopped || reader !== consumer) return;
      if (isDone) reader.resume([paused]);
      if (!isDone || begun !== generation || !next.has(partition)) return;
      next.set(partition, end);
      reader.seek({ topic, partition, offset: String(end) });
    });
  }

  async function run(): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: options.partitions,
      eachBatch,
    });
  }

  async function replaceWhenStuck(): Promise<void> {
    looksInVain += 1;
    if (stopped || looksInVain <= WATCHES) return;
    logger.warn({ group, topic }, 'no fetch has ended for too long; the consumer is replaced');
    await replace();
  }

  function replaceSoon(): void {
    const attempt = () =>
      replace().catch((error) => {
        logger.warn({ err: error, group, topic }, 'the consumer cannot be replaced yet');
        replaceSoon();
      });
    setTimeout(attempt, REPLACE_AFTER_MS).unref();
  }

  async function replace(): Promise<void> {
    if (stopped) return;
    looksInVain = 0;
    const replaced = consumer;
    next.clear();
    consumer = create();
    void replaced.disconnect().catch(() => {});
    await run();
  }

  /** For lag tools only: so that it may fail, and need not be often. */
  async function commitHandled(): Promise<void> {
    const offsets = [...handled].map(([partition, offset]) => ({ topic, partition, offset: String(offset) }));
    handled.clear();
    if (offsets.length > 0) await consumer.commitOffsets(offsets).catch(() => {});
  }

  await run();
  const committing = setInterval(() => void commitHandled(), COMMIT_EVERY_MS);
  committing.unref();
  const watch = setInterval(() => void replaceWhenStuck().catch(() => {}), stuckAfterMs / WATCHES);
  watch.unref();

  return {
    assigned: () => assigned,
    isAssigned: (partition) => !stopped && next.has(partition),
    isFetching,
    readAgain(partition, offset, delayMs) {
      // Whoever has the partition next begins where its user is; and a consumer that does not run throws.
      if (stopped || !next.has(partition)) return;
      const reader = consumer;
      const paused = { topic, partitions: [partition] };
      reader.pause([paused]);
      setTimeout(() => {
        if (stopped || reader !== consumer) return;
        reader.resume([paused]);
        if (next.get(partition) === offset) reader.seek({ topic, partition, offset: String(offset) });
      }, delayMs);
    },
    commit(partition, offset) {
      handled.set(partition, offset);
    },
    joined: joined.promise,
    ended: ended.promise,
    async stop() {
      clearInterval(committing);
      await commitHandled();
      stopped = true;
      joined.reject(new EventLogError('CLOSED', `the consumption of ${topic} was stopped`));
      clearInterval(watch);
      await consumer.disconnect();
    },
  };
}

/** One by one: what a compressed batch becomes may be many times what a fetch may bring. */
function* recordsOf(topic: string, partition: number, messages: KafkaMessage[], from: number): Iterable<LogRecord> {
  for (let index = from; index < messages.length; index += 1)
    yield recordOf(topic, partition, messages[index] as KafkaMessage);
}

function later(): Promise<'slow'> {
  return new Promise((resolve) => setTimeout(resolve, SLOW_AFTER_MS, 'slow').unref());
}

/** Where the fetch of a batch began: beyond the position only if the fetch was under way before a seek. Not in the library's types. */
function fetchedOffset(batch: EachBatchPayload['batch']): string {
  return (batch as unknown as { fetchedOffset: string }).fetchedOffset;
}
