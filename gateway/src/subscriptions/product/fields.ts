import { type CommandView, parseCommandId, parseProductId } from '@tributary/product';
import { GraphQLError } from 'graphql';
import type { Execute } from '../../operations.ts';
import { badUserInput, type Problem } from '../../supergraph/errors.ts';
import type { RequestContext } from '../../supergraph/request-context.ts';
import { createQueue } from '../queue.ts';
import type { OpenedSource, OpenSource, SubscriptionEvent } from '../source.ts';
import type { ProductEventType, ProductEventView } from './event.ts';
import type { ProductFeed } from './feed.ts';
import { findOutcome } from './outcome.ts';

export interface ProductFieldsOptions {
  readonly feed: ProductFeed;
  readonly execute: Execute;
}

/** Events that may wait for a client that reads slower than they come. */
const QUEUE_CAPACITY = 1_000;
const MOST_PRODUCT_IDS = 100;

/** The root fields of Subscription that tell of products. */
export function createProductFields({ feed, execute }: ProductFieldsOptions): Readonly<Record<string, OpenSource>> {
  function changes(isWanted: (change: ProductEventView) => boolean): OpenedSource {
    const queue = createQueue<SubscriptionEvent>({
      capacity: QUEUE_CAPACITY,
      overflow: tooSlow,
      onClose: () => stop(),
    });
    const stop = feed.onChange((change) => {
      if (isWanted(change)) queue.push({ value: change, versionFloor: `${change.productId}@${change.version}` });
    });
    return queue.values;
  }

  function outcome(commandId: string, context: RequestContext): OpenedSource {
    const search = new AbortController();
    const queue = createQueue<SubscriptionEvent>({
      capacity: 1,
      overflow: tooSlow,
      onClose() {
        stop();
        search.abort();
      },
    });
    const deliver = (found: CommandView) => {
      queue.push({ value: found });
      queue.end();
    };
    // In this order: an outcome that comes while it is looked for elsewhere is not missed.
    const stop = feed.onOutcome(commandId, deliver);
    const recent = feed.recentOutcome(commandId);
    if (recent) deliver(recent);
    else
      findOutcome({ commandId, execute, context, signal: search.signal }).then(
        (found) => (found ? deliver(found) : queue.end(unknownCommand())),
        (error: Error) => queue.end(error),
      );
    return queue.values;
  }

  const ofType = (type: ProductEventType) => () => changes((change) => change.type === type);
  return {
    productCreated: ofType('CREATED'),
    productUpdated: ofType('UPDATED'),
    productDeleted: ofType('DELETED'),
    productEvents({ productIds, types }) {
      const ids = productIds ? readProductIds(productIds as readonly string[]) : null;
      if (ids instanceof GraphQLError) return ids;
      const wanted = types ? new Set(types as readonly ProductEventType[]) : null;
      return changes((change) => (ids?.has(change.productId) ?? true) && (wanted?.has(change.type) ?? true));
    },
    commandOutcome({ id }, context) {
      const parsed = parseCommandId(id);
      if (!parsed.ok)
        return badUserInput(parsed.message, [{ path: ['id'], code: parsed.code, message: parsed.message }]);
      return outcome(parsed.value, context);
    },
  };
}

function readProductIds(productIds: readonly string[]): ReadonlySet<string> | GraphQLError {
  if (productIds.length > MOST_PRODUCT_IDS) {
    const message = `more than ${MOST_PRODUCT_IDS} product ids`;
    return badUserInput(message, [{ path: ['productIds'], code: 'TOO_MANY', message }]);
  }
  const ids = new Set<string>();
  const problems: Problem[] = [];
  for (const [index, text] of productIds.entries()) {
    const parsed = parseProductId(text);
    if (parsed.ok) ids.add(parsed.value);
    else problems.push({ path: ['productIds', String(index)], code: parsed.code, message: parsed.message });
  }
  return problems.length > 0 ? badUserInput(problems[0]!.message, problems) : ids;
}

function tooSlow(): GraphQLError {
  return new GraphQLError('Events came faster than they were read; subscribe again', {
    extensions: { code: 'SUBSCRIBER_TOO_SLOW' },
  });
}

function unknownCommand(): GraphQLError {
  return new GraphQLError('Nothing is known of this command', { extensions: { code: 'NOT_FOUND' } });
}
