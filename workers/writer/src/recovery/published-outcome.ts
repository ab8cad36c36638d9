import { canonicalBodyHash, type RejectionName, rejectionName } from '@tributary/product';
import type { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { Rejection } from '@tributary/proto/gen/products/v1/product.ts';
import type { InboxEntry, Outcome, StoredRejection } from '../inbox.ts';
import type { KnownProduct } from '../product/products.ts';

/** What of a command an outcome in the inbox keeps beside what its event says. */
export interface AskedFor {
  idempotencyKey: string | null;
  bodyHash: Uint8Array;
  causationId: string | null;
}

export function askedFor(command: ProductCommand): AskedFor {
  return {
    idempotencyKey: command.idempotencyKey ?? null,
    bodyHash: canonicalBodyHash(command),
    causationId: command.causationId ?? null,
  };
}

/** An event as the transaction that decided it stored it. */
export interface PublishedOutcome {
  commandId: string;
  /** Null when the event changed no product. */
  product: KnownProduct | null;
  /** @param asked undefined when the command is no longer kept: then nothing is known of its key */
  entry(asked: AskedFor | undefined): InboxEntry;
}

type Body = NonNullable<ProductEvent['body']>;

/** Null for bytes that are no event, or one of a kind that this version does not know. */
export function readOutcome(value: Uint8Array): PublishedOutcome | null {
  const event = decode(value);
  if (!event?.body) return null;
  const { commandId, body } = event;
  const outcome = outcomeIn(event, body);
  return {
    commandId,
    product: productIn(body),
    entry: (asked) => ({
      commandId,
      caller: event.caller || null,
      idempotencyKey: takesKey(body) ? (asked?.idempotencyKey ?? null) : null,
      bodyHash: isDead(body) ? null : (asked?.bodyHash ?? null),
      causationId: isDead(body) ? null : (asked?.causationId ?? null),
      outcome,
      handledAtMs: Number(event.occurredAtMs),
    }),
  };
}

function decode(value: Uint8Array): ProductEvent | null {
  try {
    return ProductEvent.decode(value);
  } catch {
    return null;
  }
}

function outcomeIn({ productId, version }: ProductEvent, body: Body): Outcome {
  const rejection = rejectionIn(body);
  return {
    aggregateId: productId || null,
    version,
    deleted: body.$case === 'deleted' || (body.$case === 'completed' && body.value.deleted),
    rejection: rejection ? stored(rejection) : null,
  };
}

function productIn(body: Body): KnownProduct | null {
  if (body.$case === 'rejected' || body.$case === 'completed' || !body.value.product) return null;
  return { kind: body.$case === 'deleted' ? 'deleted' : 'present', product: body.value.product };
}

function rejectionIn(body: Body): Rejection | undefined {
  return body.$case === 'rejected' || body.$case === 'completed' ? body.value.rejection : undefined;
}

function stored({ code, message, field, currentVersion }: Rejection): StoredRejection {
  return { code: rejectionName(code), message, field: field ?? null, currentVersion: currentVersion ?? null };
}

/** Whether the command could not even be handled. */
function isDead(body: Body): boolean {
  return body.$case === 'rejected' && rejectionOf(body) === 'INTERNAL';
}

/** A repeat leaves its key to the one that it repeats; so does one that is refused for that. */
function takesKey(body: Body): boolean {
  if (body.$case === 'completed') return body.value.originalCommandId === undefined;
  return body.$case !== 'rejected' || !['INTERNAL', 'IDEMPOTENCY_KEY_REUSED'].includes(rejectionOf(body) ?? '');
}

function rejectionOf(body: Body): RejectionName | null {
  const rejection = rejectionIn(body);
  return rejection ? rejectionName(rejection.code) : null;
}
