import type { GraphQLError } from 'graphql';
import type { RequestContext } from '../supergraph/request-context.ts';

/** One event of a subscription: what its root field resolves to. */
export interface SubscriptionEvent {
  readonly value: unknown;
  /** Versions that what is fetched for the event must have at least, as in `x-version-floor`. */
  readonly versionFloor?: string;
}

/** The events of a subscription that was just opened, or why it is refused. */
export type OpenedSource = AsyncGenerator<SubscriptionEvent, void, void> | GraphQLError;

/** Opens the source of a root field of Subscription. */
export type OpenSource = (args: Readonly<Record<string, unknown>>, context: RequestContext) => OpenedSource;
