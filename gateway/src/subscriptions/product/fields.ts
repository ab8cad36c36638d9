import { type CommandView, parseCommandId, parseProductId } from '@tributary/product';
import { GraphQLError } from 'graphql';
import type { Execute } from '../../operations.ts';
import { badUserInput, type Problem } from '../../supergraph/errors.ts';
import type { RequestContext } from '../../supergraph/request-context.ts';
import type { EventField, OwnValue, SubscriptionField } from '../fields.ts';
import type { LiveEvent } from '../stream/live-event.ts';
import type { ProductEventType, ProductEventView } from './event.ts';
import { findOutcome } from './outcome.ts';
import type { Outcomes } from './outcomes.ts';
import { createQueue } from './queue.ts';

export interface ProductFieldsOptions {
  readonly outcomes: Outcomes;
  readonly execute: Execute;
}

const MOST_PRODUCT_IDS = 100;

/** The root fields of Subscription that tell of products. */
export function createProductFields({
  outcomes,
  execute,
}: ProductFieldsOptions): Readonly<Record<string, SubscriptionField>> {
  function outcome(commandId: string, context: RequestContext): AsyncGenerator<OwnValue, void, void> {
    const search = new AbortController();
    const queue = createQueue<OwnValue>({
      capacity: 1,
      overflow: () => new Error('a command has one outcome'),
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
    const stop = outcomes.onOutcome(commandId, deliver);
    const recent = outcomes.recentOutcome(commandId);
    if (recent) deliver(recent);
    else
      findOutcome({ commandId, execute, context, signal: search.signal }).then(
        (found) => (found ? deliver(found) : queue.end(unknownCommand())),
        (error: Error) => queue.end(error),
      );
    return queue.values;
  }

  const ofType = (type: ProductEventType): EventField => ({
    kind: 'events',
    filter: () => (event) => viewOf(event).type === type,
  });
  return {
    productCreated: ofType('CREATED'),
    productUpdated: ofType('UPDATED'),
    productDeleted: ofType('DELETED'),
    productEvents: {
      kind: 'events',
      filter({ productIds, types }) {
        const ids = productIds ? readProductIds(productIds as readonly string[]) : null;
        if (ids instanceof GraphQLError) return ids;
        const wanted = types ? new Set(types as readonly ProductEventType[]) : null;
        return (event) => (ids?.has(event.entityId) ?? true) && (wanted?.has(viewOf(event).type) ?? true);
      },
    },
    commandOutcome: {
      kind: 'own',
      open({ id }, context) {
        const parsed = parseCommandId(id);
        if (!parsed.ok)
          return badUserInput(parsed.message, [{ path: ['id'], code: parsed.code, message: parsed.message }]);
        return outcome(parsed.value, context);
      },
    },
  };
}

function viewOf({ value }: LiveEvent): ProductEventView {
  return value as ProductEventView;
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

function unknownCommand(): GraphQLError {
  return new GraphQLError('Nothing is known of this command', { extensions: { code: 'NOT_FOUND' } });
}
