import type { GraphQLError } from 'graphql';
import type { RequestContext } from '../supergraph/request-context.ts';
import type { LiveEvent } from './stream/live-event.ts';
import type { Viewer } from './viewer.ts';

/** A root field that tells of the events of a topic, to all who ask, from wherever each of them goes on. */
export interface EventField {
  readonly kind: 'events';
  /** Tells the events that are wanted from the others, by the field's arguments and by what the viewer may see; or why it is refused. */
  filter(args: Readonly<Record<string, unknown>>, viewer: Viewer): ((event: LiveEvent) => boolean) | GraphQLError;
}

/** One value of a root field that tells each client something else. */
export interface OwnValue {
  readonly value: unknown;
}

/** A root field whose values are one client's own. */
export interface OwnField {
  readonly kind: 'own';
  /** Opens its values, which end when the generator does; or says why it is refused. */
  open(
    args: Readonly<Record<string, unknown>>,
    context: RequestContext,
  ): AsyncGenerator<OwnValue, void, void> | GraphQLError;
}

export type SubscriptionField = EventField | OwnField;
