import {
  inSpan,
  type Logger,
  type SpanAttributes,
  startSpan,
  type TraceContext,
  traceHeaders,
  traceIdOf,
} from '@tributary/service';
import type { Registry } from 'prom-client';
import type { Batch, Consumption, EventLog, LogRecord } from '../event-log.ts';
import { deadLetter } from './dead-letter.ts';
import { createLagAges } from './lag-ages.ts';
import { createLostRecords } from './lost-records.ts';
import { consumerMetrics } from './metrics.ts';
import { beginRecordSpans, type RecordSpans } from './record-spans.ts';

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
  /** What the span of a part's application is called. Default `handle batch`. */
  batchSpan?: string;
  /** Whether the spans of records that failed or took long are kept though their traces are not recorded. Default no. */
  keepSpans?: boolean;
  /** What the span of a record says beside what the log knows. Must not throw. */
  describe?(record: LogRecord): SpanAttributes;
  logger: Logger;
  registry: Registry;
}

export interface BatchPart {
  partition: number;
  records: readonly LogRecord[];
  nextOffset: bigint;
  /** The partition may belong to another member by now. */
  isStale(): boolean;
  /** The trace context in which a record is handled: what it comes to belongs there. */
  traceOf(record: LogRecord): TraceContext;
}

export interface PoisonRecord {
  record: LogRecord;
  error: unknown;
  nextOffset: bigint;
  /** The context in which it is handled. */
  trace: TraceContext;
}

/**
 * Consumes a topic so that nothing is skipped: an outage pauses the partition, and a record that cannot be handled is
 * found by splitting its batch, kept as a dead letter and passed over while the others are applied.
 *
 * Each record is handled in a span of its own, in its own trace. A part of a batch is applied in a span that lies in the trace of
 * its first recorded record and links to all of them; where none of them is recorded there is none.
 */
export async function runConsumer(options: ConsumerOptions): Promise<Consumption> {
  const {
    log,
    topic,
    group,
    logger,
    registry,
    batchSpan = 'handle batch',
    keepSpans: keep = false,
    describe,
  } = options;
  const metrics = consumerMetrics(registry);
  const labels = { topic, group };
  // There from the start, so that the first one is seen to come.
  for (const counter of [metrics.failures, metrics.deadLetters, metrics.lost]) counter.inc(labels, 0);
  const spanOptions = { system: log.system, topic, group, keep, ...(describe && { describe }) };
  const ages = createLagAges();
  const lost = createLostRecords(log, topic);
  let consumption: Consumption | undefined;

  async function handle(batch: Batch): Promise<void> {
    const end = metrics.duration.startTimer(labels);
    ages.begin(batch);
    const spans = beginRecordSpans(batch.records, spanOptions);
    try {
      await countLost(batch);
      await applySplitting(
        {
          partition: batch.partition,
          records: batch.records,
          nextOffset: batch.nextOffset,
          isStale: batch.isStale,
          traceOf: spans.traceOf,
        },
        spans,
      );
      ages.end(batch, consumption?.lag().get(batch.partition) ?? 0n);
      lost.after(batch);
      metrics.records.inc(labels, batch.records.length);
      metrics.batchSize.observe(labels, batch.records.length);
    } catch (error) {
      spans.giveUp(error);
      metrics.failures.inc(labels);
      throw error;
    } finally {
      end();
    }
  }

  /** What the log no longer keeps cannot be handled by anybody: all that is left is to say so. */
  async function countLost(batch: Batch): Promise<void> {
    const records = await lost.before(batch);
    if (records === 0n) return;
    metrics.lost.inc(labels, Number(records));
    logger.error(
      { topic, group, partition: batch.partition, records: String(records) },
      'records were deleted before they were handled',
    );
  }

  /** Applies the part at once; where a record in it is poison, halves it until that record stands alone. */
  async function applySplitting(part: BatchPart, spans: RecordSpans): Promise<void> {
    try {
      await applyInSpan(part, spans);
      spans.end(part.records);
    } catch (error) {
      if (!options.isPoison(error)) throw error;
      const [record, ...others] = part.records;
      if (!record) throw error;
      if (others.length === 0) return passOver(record, error, part.nextOffset, spans);
      const middle = Math.ceil(part.records.length / 2);
      const [left, right] = [part.records.slice(0, middle), part.records.slice(middle)];
      await applySplitting({ ...part, records: left, nextOffset: (left.at(-1) as LogRecord).offset + 1n }, spans);
      await applySplitting({ ...part, records: right }, spans);
    }
  }

  function applyInSpan(part: BatchPart, spans: RecordSpans): Promise<void> {
    const recorded = spans.recordedOf(part.records);
    if (recorded === null) return options.apply(part);
    const span = startSpan(batchSpan, {
      parent: recorded[0],
      links: recorded,
      attributes: {
        'messaging.system': log.system,
        'messaging.destination.name': topic,
        'messaging.destination.partition.id': String(part.partition),
        'messaging.consumer.group.name': group,
        'messaging.batch.message_count': part.records.length,
      },
    });
    return inSpan(span, () => options.apply(part));
  }

  async function passOver(record: LogRecord, error: unknown, nextOffset: bigint, spans: RecordSpans): Promise<void> {
    const place = { topic, partition: record.partition, offset: String(record.offset) };
    const trace = spans.traceOf(record);
    logger.error(
      { err: error, ...place, traceId: traceIdOf(trace) },
      'a record cannot be handled and becomes a dead letter',
    );
    const span = spans.fail(record, error);
    await inSpan(span, async () => {
      const dead = span.isRecorded ? { ...record, headers: { ...record.headers, ...traceHeaders(trace) } } : record;
      await deadLetter(log, options.deadLettersTopic, dead, error);
      await options.skip({ record, error, nextOffset, trace });
    });
    metrics.deadLetters.inc(labels);
  }

  const { positions, maxBatchRecords } = options;
  const begun = await log.consume({
    topic,
    group,
    async positions(partitions) {
      const starts = await positions(partitions);
      ages.startAt(partitions);
      lost.startAt(starts);
      return starts;
    },
    handle,
    ...(maxBatchRecords !== undefined && { maxBatchRecords }),
  });
  consumption = begun;
  metrics.watchLag(labels, { records: () => begun.lag(), ageMs: ages.ageMs });
  return begun;
}
