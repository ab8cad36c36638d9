import type { Logger } from '@tributary/service';
import type { Registry } from 'prom-client';
import type { Batch, Consumption, EventLog, LogRecord } from '../event-log.ts';
import { deadLetter } from './dead-letter.ts';
import { consumerMetrics } from './metrics.ts';

export interface ConsumerOptions {
  log: EventLog;
  topic: string;
  group: string;
  /** Where records go that cannot be handled. */
  deadLettersTopic: string;
  /** The next offset to read per partition, as stored with the effects; see `ConsumeOptions`. */
  positions(partitions: readonly number[]): Promise<ReadonlyMap<number, bigint>>;
  /** Applies records and stores the position `nextOffset` with their effects: all of it or nothing. Repeats must do no harm. */
  apply(part: BatchPart): Promise<void>;
  /** Whether an error is the fault of a record. Any other is an outage: the partition pauses and the same records come again. */
  isPoison(error: unknown): boolean;
  /** Stores what is left to do for a record that is now among the dead letters, and the position after it. */
  skip(poison: PoisonRecord): Promise<void>;
  /** At most this many records in a batch. */
  maxBatchRecords?: number;
  logger: Logger;
  registry: Registry;
}

export interface BatchPart {
  partition: number;
  records: readonly LogRecord[];
  nextOffset: bigint;
  /** The partition may belong to another member by now. */
  isStale(): boolean;
}

export interface PoisonRecord {
  record: LogRecord;
  error: unknown;
  nextOffset: bigint;
}

/**
 * Consumes a topic so that nothing is skipped: an outage pauses the partition, and a record that cannot be handled is
 * found by splitting its batch, kept as a dead letter and passed over while the others are applied.
 */
export async function runConsumer(options: ConsumerOptions): Promise<Consumption> {
  const { log, topic, group, logger, registry } = options;
  const metrics = consumerMetrics(registry);
  const labels = { topic, group };

  async function handle(batch: Batch): Promise<void> {
    const end = metrics.duration.startTimer(labels);
    try {
      await applySplitting({
        partition: batch.partition,
        records: batch.records,
        nextOffset: batch.nextOffset,
        isStale: batch.isStale,
      });
      metrics.records.inc(labels, batch.records.length);
      metrics.batchSize.observe(labels, batch.records.length);
    } catch (error) {
      metrics.failures.inc(labels);
      throw error;
    } finally {
      end();
    }
  }

  /** Applies the part at once; where a record in it is poison, halves it until that record stands alone. */
  async function applySplitting(part: BatchPart): Promise<void> {
    try {
      await options.apply(part);
    } catch (error) {
      if (!options.isPoison(error)) throw error;
      const [record, ...others] = part.records;
      if (!record) throw error;
      if (others.length === 0) return passOver(record, error, part.nextOffset);
      const middle = Math.ceil(part.records.length / 2);
      const [left, right] = [part.records.slice(0, middle), part.records.slice(middle)];
      await applySplitting({ ...part, records: left, nextOffset: (left.at(-1) as LogRecord).offset + 1n });
      await applySplitting({ ...part, records: right });
    }
  }

  async function passOver(record: LogRecord, error: unknown, nextOffset: bigint): Promise<void> {
    const place = { topic, partition: record.partition, offset: String(record.offset) };
    logger.error({ err: error, ...place }, 'a record cannot be handled and becomes a dead letter');
    await deadLetter(log, options.deadLettersTopic, record, error);
    await options.skip({ record, error, nextOffset });
    metrics.deadLetters.inc(labels);
  }

  const { positions, maxBatchRecords } = options;
  const consumption = await log.consume({
    topic,
    group,
    positions,
    handle,
    ...(maxBatchRecords !== undefined && { maxBatchRecords }),
  });
  metrics.watchLag(labels, () => consumption.lag());
  return consumption;
}
