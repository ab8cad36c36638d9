import { deadLetterHeaders, type EventLog, type LogRecord } from '@tributary/event-log';
import { rejectionName } from '@tributary/product';
import { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Product, Rejection } from '@tributary/proto/gen/products/v1/product.ts';
import {
  productCommands,
  productCommandsDeadLetters,
  productEvents,
  productEventsDeadLetters,
} from '@tributary/proto/topics.ts';
import type { CommandRecord, EventRecord, Evidence, StoredProduct } from './evidence.ts';

export type TopicEvidence = Pick<Evidence, 'commands' | 'events' | 'deadLetters'>;

/** Every record of the topics. */
export async function readTopics(log: EventLog): Promise<TopicEvidence> {
  const commands = await recordsOf(log, productCommands.name);
  const events = await recordsOf(log, productEvents.name);
  const letters = [
    ...(await recordsOf(log, productCommandsDeadLetters.name)),
    ...(await recordsOf(log, productEventsDeadLetters.name)),
  ];
  return {
    commands: commands.map(commandOf),
    events: events.map(eventOf),
    deadLetters: letters.map(({ topic, offset, headers }) => ({
      topic,
      offset: Number(offset),
      reason: headers[deadLetterHeaders.reason] ?? '',
    })),
  };
}

/** The records of a topic that are there now, by partition and offset. */
async function recordsOf(log: EventLog, topic: string): Promise<LogRecord[]> {
  const ranges = await log.offsets(topic);
  const records: LogRecord[] = [];
  const from = new Map([...ranges].map(([partition, { start }]) => [partition, start]));
  const tail = await log.tail({
    topic,
    from,
    onRecords(batch) {
      records.push(...batch);
    },
  });
  await tail.ready;
  await tail.stop();
  return records.sort((a, b) => a.partition - b.partition || Number(a.offset - b.offset));
}

function commandOf({ partition, offset, value }: LogRecord): CommandRecord {
  const { commandId, productId, caller, idempotencyKey, expectedVersion, body } = ProductCommand.decode(value);
  if (!body) throw new Error(`the command at ${partition}/${offset} has no body`);
  const content = body.$case === 'delete' ? {} : body.value;
  return {
    partition,
    offset: Number(offset),
    commandId,
    productId,
    caller,
    key: idempotencyKey ?? null,
    expectedVersion: expectedVersion === undefined ? null : Number(expectedVersion),
    kind: body.$case,
    name: content.name ?? null,
    description: content.description ?? null,
    price: content.price ?? null,
  };
}

function eventOf({ partition, offset, value }: LogRecord): EventRecord {
  const { eventId, commandId, productId, version, body } = ProductEvent.decode(value);
  if (!body) throw new Error(`the event at ${partition}/${offset} has no body`);
  return {
    partition,
    offset: Number(offset),
    eventId,
    commandId,
    productId,
    version: Number(version),
    kind: body.$case,
    ...carriedBy(body),
  };
}

type Carried = Pick<EventRecord, 'product' | 'rejection' | 'originalCommandId'>;

function carriedBy(body: NonNullable<ProductEvent['body']>): Carried {
  const nothing = { product: null, rejection: null, originalCommandId: null };
  switch (body.$case) {
    case 'rejected':
      return { ...nothing, rejection: codeOf(body.value.rejection) ?? 'UNEXPLAINED' };
    case 'completed': {
      const { rejection, originalCommandId } = body.value;
      return { ...nothing, rejection: codeOf(rejection), originalCommandId: originalCommandId ?? null };
    }
    default: {
      const { product } = body.value;
      return { ...nothing, product: product ? stateOf(product, body.$case === 'deleted') : null };
    }
  }
}

function stateOf({ id, version, name, description, price }: Product, deleted: boolean): StoredProduct {
  return { id, version: Number(version), deleted, name, description, price };
}

function codeOf(rejection: Rejection | undefined): string | null {
  return rejection ? rejectionName(rejection.code) : null;
}
