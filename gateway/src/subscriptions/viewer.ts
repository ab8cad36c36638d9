import type { IncomingHttpHeaders } from 'node:http';

/** Who an operation is for, as far as it decides what may be seen. */
export interface Viewer {
  /** Callers of one class may see the same: they share the results of subscriptions. */
  readonly visibility: string;
  /** Headers by which subgraphs know what may be seen; the same for all callers of the class. */
  readonly headers?: Readonly<Record<string, string>>;
  /** When the caller's right to be here ends, UTC milliseconds: its connections are closed then. */
  readonly expiresAtMs?: number;
}

/** What a caller shows of itself. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  /** The payload of `connection_init`; empty where the transport has none. */
  readonly connectionParams: Readonly<Record<string, unknown>>;
}

/**
 * Tells who a caller is.
 * @throws GraphQLError, with a code, when the caller may not be here
 */
export type Identify = (credentials: Credentials) => Viewer | Promise<Viewer>;

/** Everybody sees everything: there is no identity yet. */
export const anonymous: Viewer = { visibility: 'anonymous' };
