import { canonicalBodyHash, type RejectionName } from '@tributary/product';
import type { ProductCommand } from '@tributary/proto/gen/products/v1/command.ts';
import type { ProductEvent } from '@tributary/proto/gen/products/v1/event.ts';
import type { TraceContext } from '@tributary/service';
import { v7 } from 'uuid';
import type { InboxEntry, Outcome } from '../inbox.ts';
import type { OutboxRecord } from '../outbox/outbox.ts';
import type { DeadCommand, ReceivedCommand } from './command-record.ts';
import { absent, decide, evolve, type ProductChange, type ProductState, type Refusal, versionOf } from './decider.ts';
import { eventRecord } from './event-record.ts';
import { rejectionOf } from './outcome.ts';
import type { ChangedProduct } from './products.ts';

/** What is known before a batch is decided: all of it read under the locks that its transaction holds. */
export interface Known {
  /** Products by id; what is not among them is absent. */
  states: ReadonlyMap<string, ProductState>;
  /** The commands that were handled before, and those that hold the keys of this batch. */
  seen: readonly InboxEntry[];
}

/** All that a batch comes to. */
export interface DecidedBatch {
  changed: ChangedProduct[];
  /** One for each command that was not seen before. */
  entries: InboxEntry[];
  /** One event for each entry, in the order of the commands. */
  records: OutboxRecord[];
}

/** Deciding this command failed, and would fail again. */
export class DeciderError extends Error {
  override readonly name = 'DeciderError';
  readonly code = 'DECIDER_FAILED';
}

type Body = NonNullable<ProductEvent['body']>;

/** How a command ends. */
interface Ending {
  body: Body;
  outcome: Outcome;
  /** Whether the command holds its key from now on. */
  takesKey: boolean;
}

export interface Deciding {
  eventsTopic: string;
  /** UTC milliseconds. */
  nowMs: number;
}

/**
 * Folds the decider over the commands of a batch, in their order. A command that was seen before comes to nothing; a
 * command whose key another one holds gets that one's outcome.
 * @throws DeciderError
 */
export function decideBatch(commands: readonly ReceivedCommand[], known: Known, deciding: Deciding): DecidedBatch {
  const batch = startBatch(known, deciding);
  for (const { command, trace } of commands) {
    if (batch.wasSeen(command.commandId)) continue;
    const bodyHash = canonicalBodyHash(command);
    const state = batch.stateOf(command.productId);
    const holder = batch.holderOf(command);
    const ending = holder ? repeat(holder, command, bodyHash, state) : decided(batch, command, state, deciding.nowMs);
    batch.end(
      {
        commandId: command.commandId,
        caller: command.caller,
        idempotencyKey: ending.takesKey ? (command.idempotencyKey ?? null) : null,
        bodyHash,
        causationId: command.causationId ?? null,
        outcome: ending.outcome,
        handledAtMs: deciding.nowMs,
      },
      { key: command.productId, productId: command.productId, body: ending.body, trace },
    );
  }
  return batch.result();
}

/** Ends a command that cannot be handled with INTERNAL, unless it was seen before. Its key is free for another try. */
export function rejectDeadCommand(command: DeadCommand, known: Known, deciding: Deciding): DecidedBatch {
  const batch = startBatch(known, deciding);
  if (batch.wasSeen(command.commandId)) return batch.result();
  const state = command.productId === null ? absent : batch.stateOf(command.productId);
  const { body, outcome } = refuse(command.productId, state, {
    code: 'INTERNAL',
    message: 'the command could not be handled',
  });
  batch.end(
    {
      commandId: command.commandId,
      caller: command.caller,
      idempotencyKey: null,
      bodyHash: null,
      causationId: null,
      outcome,
      handledAtMs: deciding.nowMs,
    },
    { key: command.key, productId: command.productId ?? '', body, trace: command.trace },
  );
  return batch.result();
}

type Batch = ReturnType<typeof startBatch>;

function startBatch({ states: known, seen }: Known, { eventsTopic, nowMs }: Deciding) {
  const states = new Map(known);
  const ended = new Set<string>();
  const holders = new Map<string, InboxEntry>();
  const changedIds = new Set<string>();
  const entries: InboxEntry[] = [];
  const records: OutboxRecord[] = [];

  function remember(entry: InboxEntry): void {
    ended.add(entry.commandId);
    if (entry.caller !== null && entry.idempotencyKey !== null)
      holders.set(holderKey(entry.caller, entry.idempotencyKey), entry);
  }
  for (const entry of seen) remember(entry);

  return {
    wasSeen: (commandId: string) => ended.has(commandId),
    stateOf: (productId: string) => states.get(productId) ?? absent,
    holderOf: ({ caller, idempotencyKey }: ProductCommand) =>
      idempotencyKey === undefined ? undefined : holders.get(holderKey(caller, idempotencyKey)),
    change(change: ProductChange): void {
      const { id } = change.product;
      states.set(id, evolve(states.get(id) ?? absent, change));
      changedIds.add(id);
    },
    end(
      entry: InboxEntry,
      { key, productId, body, trace }: { key: string; productId: string; body: Body; trace: TraceContext },
    ): void {
      const { commandId, caller, outcome } = entry;
      const event = {
        eventId: v7(),
        commandId,
        productId,
        version: outcome.version,
        occurredAtMs: BigInt(nowMs),
        caller: caller ?? '',
        body,
      };
      remember(entry);
      entries.push(entry);
      records.push(eventRecord(eventsTopic, key, event, trace));
    },
    result: (): DecidedBatch => ({
      changed: [...changedIds].map((id) => ({
        state: states.get(id) ?? absent,
        readVersion: versionOf(known.get(id) ?? absent),
      })),
      entries,
      records,
    }),
  };
}

function decided(batch: Batch, command: ProductCommand, state: ProductState, nowMs: number): Ending {
  const decision = decideOrFail(state, command, nowMs);
  switch (decision.kind) {
    case 'refused':
      return refuse(command.productId, state, decision.refusal);
    case 'unchanged':
      return complete({ aggregateId: command.productId, version: versionOf(state), deleted: false, rejection: null });
    case 'changed':
      batch.change(decision.change);
      return changed(decision.change);
  }
}

function decideOrFail(state: ProductState, command: ProductCommand, nowMs: number) {
  try {
    return decide(state, command, nowMs);
  } catch (error) {
    throw new DeciderError(`the decider failed: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function repeat(holder: InboxEntry, command: ProductCommand, bodyHash: Buffer, state: ProductState): Ending {
  if (holder.bodyHash !== null && bodyHash.equals(holder.bodyHash))
    return { ...complete(holder.outcome, holder.commandId), takesKey: false };
  const message = 'the idempotency key was used for a command with another content';
  return { ...refuse(command.productId, state, { code: 'IDEMPOTENCY_KEY_REUSED', message }), takesKey: false };
}

function changed({ kind, product }: ProductChange): Ending {
  const outcome = { aggregateId: product.id, version: product.version, deleted: kind === 'deleted', rejection: null };
  return { body: { $case: kind, value: { product } }, outcome, takesKey: true };
}

function complete(outcome: Outcome, originalCommandId?: string): Ending {
  const rejection = outcome.rejection ? rejectionOf(outcome.rejection) : undefined;
  const body: Body = { $case: 'completed', value: { originalCommandId, rejection, deleted: outcome.deleted } };
  return { body, outcome, takesKey: true };
}

function refuse(productId: string | null, state: ProductState, { code, message, currentVersion }: Refusal): Ending {
  const rejection = {
    code: code satisfies RejectionName,
    message,
    field: null,
    currentVersion: currentVersion ?? null,
  };
  const body: Body = { $case: 'rejected', value: { rejection: rejectionOf(rejection) } };
  return {
    body,
    outcome: { aggregateId: productId, version: versionOf(state), deleted: false, rejection },
    takesKey: true,
  };
}

function holderKey(caller: string, key: string): string {
  return JSON.stringify([caller, key]);
}
