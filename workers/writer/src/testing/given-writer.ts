import type { LogRecord } from '@tributary/event-log';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import { silentLogger, type TraceContext, traceContextOf } from '@tributary/service';
import { Registry } from 'prom-client';
import { createRelay, type RelayOptions } from '../outbox/relay.ts';
import { createCommandHandler } from '../product/handler.ts';
import { writerMetrics } from '../product/metrics.ts';
import type { ProductWriteStore } from '../product/products.ts';
import { createFakeLog, type FakeLog } from './fake-log.ts';

export const COMMANDS = 'commands';
export const EVENTS = 'events';
export const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** The handler and the relay of one writer, with commands and the log in a test's hands. */
export function givenWriter(store: ProductWriteStore, options: Partial<RelayOptions> & { log?: FakeLog } = {}) {
  const { log = createFakeLog(), nowMs = Date.now } = options;
  const registry = new Registry();
  const logger = silentLogger();
  const relay = createRelay({ sweepIntervalMs: 20, store, nowMs, logger, registry, ...options, log });
  const handler = createCommandHandler({
    store,
    relay,
    commandsTopic: COMMANDS,
    eventsTopic: EVENTS,
    consumer: 'writer',
    nowMs,
    metrics: writerMetrics(registry),
    logger,
  });
  let offset = 0n;

  return {
    log,
    relay,
    handler,
    registry,
    /** Handles commands as one batch of a partition. */
    async handle(commands: readonly ProductCommand[], partition = 0): Promise<void> {
      const records = commands.map((command) => recordOf(command, partition, offset++));
      await handler.apply({ partition, records, nextOffset: offset, traceOf });
    },
    /** Passes over a command that cannot be handled. */
    async skip(record: Partial<LogRecord>): Promise<void> {
      const dead = { ...recordOf(null, record.partition ?? 0, offset++), ...record };
      await handler.skip({ record: dead, nextOffset: offset, trace: traceOf(dead) });
    },
    /** The events that reached the topic. */
    events: () => log.records.filter(({ topic }) => topic === EVENTS).map(({ value }) => ProductEvent.decode(value)),
    stop: () => relay.stop(),
  };
}

/** Where nothing is recorded a record is handled in the context that it came with. */
export function traceOf({ headers }: LogRecord): TraceContext {
  return traceContextOf(headers);
}

export function recordOf(command: ProductCommand | null, partition: number, offset: bigint): LogRecord {
  return {
    topic: COMMANDS,
    partition,
    offset,
    timestampMs: Date.now(),
    key: command?.productId ?? null,
    value: Buffer.from(command === null ? new Uint8Array() : ProductCommand.encode(command).finish()),
    headers: { traceparent: TRACEPARENT },
  };
}
