import type { GraphQLFormattedError } from 'graphql';

/** One result on its way to a client. */
export interface Message {
  /** The result of the operation as JSON in UTF-8, without line breaks: data, errors and extensions. */
  readonly body: Buffer;
  /** Where the subscription stands after it, as in `extensions.cursor`; null where nothing can be resumed. */
  readonly cursor: string | null;
}

/** Where the results of one subscription go: a connection of any transport. */
export interface Outlet {
  /**
   * Writes a result. False when the connection has taken as much as it should hold: no more is written until the
   * transport calls `resume` of the subscription.
   */
  write(message: Message): boolean;
  /** Nothing more comes: the subscription is complete. */
  complete(): void;
  /** Nothing more comes: the errors say why. */
  fail(errors: readonly GraphQLFormattedError[]): void;
}

/** An open subscription, as its transport holds it. */
export interface OpenSubscription {
  /** Where it begins; null where it cannot be resumed. */
  readonly cursor: string | null;
  /** The connection can take more. */
  resume(): void;
  /** The client has gone, or wants no more: nothing is written from now on. */
  stop(): void;
}
