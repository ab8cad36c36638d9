import type { LogRecord } from '@tributary/event-log';
import { outcomeOf, parseCommandId, parseProductId } from '@tributary/product';
import { CommandState } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { SpanAttributes } from '@tributary/service';
import type { Changes, CommandOutcome, ProductState } from './read-model/read-model.ts';

/** A record of the events topic that holds no event that can be projected, whoever put it there. */
export class UnreadableEventError extends Error {
  override readonly name = 'UnreadableEventError';
  readonly code = 'UNREADABLE_EVENT';
}

/**
 * What events come to: every product at its newest version among them, and the outcomes of their commands.
 * @throws UnreadableEventError when one of them cannot be read
 */
export function changesOf(records: readonly LogRecord[]): Changes {
  const products = new Map<string, ProductState>();
  const outcomes: CommandOutcome[] = [];
  for (const record of records) {
    const event = readEvent(record);
    const state = stateAfter(event);
    if (state && state.product.version > (products.get(state.product.id)?.product.version ?? 0n))
      products.set(state.product.id, state);
    outcomes.push({ status: outcomeOf(event), decidedAtMs: Number(event.occurredAtMs) });
  }
  return { products: [...products.values()], outcomes };
}

/** What the span of a record says of its event. */
export function describeEvent(record: LogRecord): SpanAttributes {
  try {
    const { commandId, version } = ProductEvent.decode(record.value);
    return { 'tributary.command.id': commandId, 'tributary.product.version': Number(version) };
  } catch {
    return {};
  }
}

function readEvent(record: LogRecord): ProductEvent {
  const event = decode(record);
  const problem = problemOf(event, record.key);
  if (problem !== null) throw new UnreadableEventError(problem);
  return event;
}

function decode(record: LogRecord): ProductEvent {
  try {
    return ProductEvent.decode(record.value);
  } catch (error) {
    throw new UnreadableEventError('the record is no protobuf ProductEvent', { cause: error });
  }
}

/** Why an event cannot be projected. Its content is the writer's word: only what the stores rely on is checked. */
function problemOf(event: ProductEvent, key: string | null): string | null {
  if (!isCanonical(parseCommandId(event.commandId), event.commandId)) return 'the command id is malformed';
  // A command that named no product that could be read has nothing but its own id.
  const isOfNone = event.productId === '' && event.body?.$case === 'rejected';
  if (!isOfNone && !isCanonical(parseProductId(event.productId), event.productId)) return 'the product id is malformed';
  // Events of one product under several keys would lie in several partitions, and each of those holds its own position.
  if (key !== (isOfNone ? event.commandId : event.productId)) return "the record's key is not what the event is of";
  if (!isTime(event.occurredAtMs)) return 'the time of the event is out of range';
  if (outcomeOf(event).state === CommandState.COMMAND_STATE_PENDING) return 'the event is of an unknown kind';
  const { body } = event;
  if (body?.$case !== 'created' && body?.$case !== 'updated' && body?.$case !== 'deleted') return null;
  const { product } = body.value;
  if (product === undefined || product.id !== event.productId) return 'the event does not carry its product';
  if (product.version !== event.version || product.version < 1n) return "the event's version is not its product's";
  if (!isTime(product.createdAtMs) || !isTime(product.updatedAtMs)) return 'a time of the product is out of range';
  return null;
}

function isCanonical(parsed: ReturnType<typeof parseProductId>, text: string): boolean {
  return parsed.ok && parsed.value === text;
}

const LATEST_MS = BigInt(Date.UTC(2200, 0));

function isTime(ms: bigint): boolean {
  return ms >= 0n && ms < LATEST_MS;
}

function stateAfter({ body }: ProductEvent): ProductState | null {
  switch (body?.$case) {
    case 'created':
    case 'updated':
      return body.value.product ? { product: body.value.product, deleted: false } : null;
    case 'deleted':
      return body.value.product ? { product: body.value.product, deleted: true } : null;
    default:
      return null;
  }
}
