/** Bounds on subscriptions and what carries them. Times in milliseconds. */
export interface SubscriptionLimits {
  /** Operations that one socket may have open. */
  readonly perSocket: number;
  /** Subscriptions that this process serves at once. */
  readonly total: number;
  /** Sockets and streams that one address may hold; 0 sets no bound. Behind a proxy all clients share an address. */
  readonly socketsPerAddress: number;
  /** Sockets and streams that this process holds at once. */
  readonly sockets: number;
  /** From the opening of a socket to its `connection_init`. */
  readonly initTimeoutMs: number;
  /** Of one message from a client. */
  readonly payloadBytes: number;
  /** Results, and their bytes, that may wait for one subscriber. */
  readonly queueEvents: number;
  readonly queueBytes: number;
  /** How long a client may read nothing while something waits for it. */
  readonly stallMs: number;
  /** How long a socket or stream may live before its client has to come again; 0 sets no bound. */
  readonly lifetimeMs: number;
  /** Between two pings of a socket, and two signs of life of a stream. */
  readonly pingMs: number;
  /** Over how long the clients are sent away at a stop. */
  readonly drainMs: number;
}

export const defaultSubscriptionLimits: SubscriptionLimits = {
  perSocket: 100,
  total: 20_000,
  socketsPerAddress: 1_000,
  sockets: 20_000,
  initTimeoutMs: 3_000,
  payloadBytes: 64 * 1024,
  queueEvents: 1_000,
  queueBytes: 1024 * 1024,
  stallMs: 15_000,
  lifetimeMs: 0,
  pingMs: 12_000,
  drainMs: 2_000,
};
