import type { Logger } from '@tributary/service';
import { GraphQLError } from 'graphql';
import { logInternalErrors, shownError } from '../supergraph/errors.ts';
import type { GraphGeneration } from '../supergraph/graph.ts';
import type { RequestContext } from '../supergraph/request-context.ts';
import type { EventContext } from './events-subgraph.ts';
import { executeEvent } from './execute.ts';
import type { OwnValue } from './fields.ts';
import type { SubscriptionMetrics } from './metrics.ts';
import type { OpenSubscription, Outlet } from './outlet.ts';
import type { SharedOperation } from './sharing/operation.ts';
import { messageOf } from './sharing/payload.ts';
import type { EndReason } from './sharing/subscriber.ts';

export interface OwnRequest {
  readonly generation: GraphGeneration;
  readonly operation: SharedOperation;
  readonly values: AsyncGenerator<OwnValue, void, void>;
  readonly context: RequestContext;
  readonly outlet: Outlet;
  /** Told once, when nothing more is delivered. */
  onEnd(): void;
}

/** Subscriptions whose values are one client's own. */
export function createOwnSubscriptions({ metrics, logger }: { metrics: SubscriptionMetrics; logger: Logger }) {
  return ({ generation, operation, values, context, outlet, onEnd }: OwnRequest): OpenSubscription => {
    const { field, primary } = operation;
    let isOpen = true;
    let room: PromiseWithResolvers<void> | undefined;

    function close(reason: EndReason): boolean {
      if (!isOpen) return false;
      isOpen = false;
      room?.resolve();
      metrics.closed(field, reason);
      onEnd();
      return true;
    }

    async function deliver(): Promise<void> {
      for await (const { value } of values) {
        const eventContext: EventContext = { ...context, event: { document: primary, root: { [field]: value } } };
        const result = await executeEvent(generation, operation, eventContext, logger);
        await room?.promise;
        if (!isOpen) return;
        room = outlet.write(messageOf(result)) ? undefined : Promise.withResolvers();
        metrics.delivered(field, 1, null);
      }
    }

    metrics.opened(field, 'now');
    deliver().then(
      () => close('server') && outlet.complete(),
      (error: unknown) => {
        const told =
          error instanceof GraphQLError ? error : new GraphQLError(String(error), { originalError: error as Error });
        logInternalErrors([told], logger, context);
        if (close('server')) outlet.fail([shownError(told.toJSON())]);
      },
    );

    return {
      cursor: null,
      resume() {
        room?.resolve();
        room = undefined;
      },
      stop() {
        close('client');
        void values.return();
      },
    };
  };
}
