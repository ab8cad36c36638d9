import type { Outcome } from '../ledger.ts';
import type { Reason } from '../problem.ts';
import type { Item } from '../row.ts';
import type { RowAnswer, Trouble } from './answer.ts';
import type { CommandOutcome, Gateway, ProductContent } from './gateway.ts';
import type { Patience } from './patience.ts';

export interface Delivery {
  readonly gateway: Gateway;
  readonly patience: Patience;
  readonly settle: (item: Item, outcome: Outcome) => void;
  /** No new attempt begins once it is aborted. */
  readonly stopping: AbortSignal;
}

interface Unsettled {
  readonly item: Item;
  readonly trouble: Trouble;
}

/** A row on which the gateway itself fails so often in succession is not retried for ever. */
const DEFECTS_MAX = 5;
const DEFECT = 'INTERNAL_SERVER_ERROR';

/**
 * Brings rows in and settles each, whatever it takes. Rows that have no outcome when the import is stopped stay
 * unsettled.
 * @throws ImportError when there was no progress for too long, or what answers is no gateway
 */
export async function deliver(items: readonly Item[], delivery: Delivery): Promise<void> {
  const missing = await settleThoseThere(items, delivery);
  // Most often that is all. What is left goes on alone: rows of one operation are handled one after another, and an
  // error of one takes the answers of all.
  for (const unsettled of await send(missing, delivery)) await sendUntilSettled(unsettled, delivery);
}

/**
 * Settles rows whose product is there with the same content, and gives the others. The gateway answers a repeated
 * create as it did the first, so only looking before tells what is new; it also costs a tenth of a repeat.
 */
async function settleThoseThere(items: readonly Item[], { gateway, settle, patience }: Delivery): Promise<Item[]> {
  const answers = await gateway.look(items.map(({ productId }) => productId));
  const missing: Item[] = [];
  for (const [n, item] of items.entries()) {
    const answer = answers[n];
    // Without an answer it is sent all the same: the read model may be away while commands are accepted.
    const product = answer && 'value' in answer ? answer.value : null;
    if (isSame(item, product)) {
      settle(item, { kind: 'repeated', productId: item.productId });
      patience.progress();
    } else missing.push(product ? { ...item, isThere: true } : item);
  }
  return missing;
}

/** Sends rows in one request, settles those that have an outcome and gives the others. */
async function send(items: readonly Item[], { gateway, settle, patience }: Delivery): Promise<Unsettled[]> {
  if (items.length === 0) return [];
  const answers = await gateway.create(items.map(({ input }) => input));
  const unsettled: Unsettled[] = [];
  for (const [n, item] of items.entries()) {
    const result = await resultOf(item, answers[n] as RowAnswer<CommandOutcome>, gateway);
    if ('trouble' in result) unsettled.push({ item, trouble: result.trouble });
    else {
      settle(item, result);
      patience.progress();
    }
  }
  return unsettled;
}

/** Sends a row again and again under its key, so that it has one effect whatever became of earlier attempts. */
async function sendUntilSettled({ item, trouble }: Unsettled, delivery: Delivery): Promise<void> {
  const { settle, patience, stopping } = delivery;
  let last: Trouble = trouble;
  let defects = 0;
  for (let attempt = 1; !stopping.aborted; attempt++) {
    defects = last.code === DEFECT ? defects + 1 : 0;
    if (defects > DEFECTS_MAX) {
      settle(item, rejected(item, { code: DEFECT, reason: `the gateway fails on this row: ${last.reason}` }));
      return;
    }
    await patience.pause(last, attempt, stopping);
    if (stopping.aborted) return;
    const [still] = await send([item], delivery);
    if (!still) return;
    last = still.trouble;
  }
}

async function resultOf(
  item: Item,
  answer: RowAnswer<CommandOutcome>,
  gateway: Gateway,
): Promise<Outcome | { readonly trouble: Trouble }> {
  if ('trouble' in answer) return answer;
  if ('refused' in answer) return rejected(item, answer.refused);
  const { state, rejection } = answer.value;
  if (state === 'PENDING')
    return { trouble: { code: 'PENDING', reason: 'outcomes take longer than the gateway waits', retryAfterMs: 0 } };
  if (!rejection) return { kind: item.isThere ? 'repeated' : 'accepted', productId: item.productId };
  if (rejection.code === 'ALREADY_EXISTS') return resultOfExisting(item, gateway);
  return rejected(item, { code: rejection.code, reason: rejection.message });
}

/** The key has been forgotten since it was used, the product that it made has not. */
async function resultOfExisting(item: Item, gateway: Gateway): Promise<Outcome | { readonly trouble: Trouble }> {
  const [answer] = await gateway.look([item.productId]);
  if (answer && 'trouble' in answer) return answer;
  const product = answer && 'value' in answer ? answer.value : null;
  if (isSame(item, product)) return { kind: 'repeated', productId: item.productId };
  const reason = product ? 'the product of this key has another content' : 'the product of this key was deleted';
  return rejected(item, { code: 'ALREADY_EXISTS', reason });
}

function isSame({ input }: Item, product: ProductContent | null): boolean {
  return product?.name === input.name && product.description === input.description && product.price === input.price;
}

function rejected({ line, fields }: Item, { code, reason }: Reason): Outcome {
  return { kind: 'rejected', reject: { line, fields, code, reason } };
}
