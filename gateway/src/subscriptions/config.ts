import { kinds, type Values, type Variables } from '@tributary/service';
import { z } from 'zod';
import type { CursorKey } from './cursor.ts';
import { defaultSubscriptionLimits as defaults, type SubscriptionLimits } from './limits.ts';

const SECRET_CHARACTERS = 32;
const KEY = /^([\w-]{1,16}):(\S+)$/;

const cursorKeys = z.string().transform((text, context): readonly CursorKey[] => {
  const keys = text.split(',').map((part) => KEY.exec(part.trim()));
  const ids = keys.map((key) => key?.[1]);
  if (keys.some((key) => !key || key[2]!.length < SECRET_CHARACTERS))
    context.addIssue(`is not a list of <id>:<secret>, each secret of at least ${SECRET_CHARACTERS} characters`);
  else if (new Set(ids).size < ids.length) context.addIssue('names a key twice');
  return keys.flatMap((key) => (key ? [{ id: key[1]!, secret: Buffer.from(key[2]!) }] : []));
});

/** What a gateway reads of subscriptions. */
export const subscriptionVariables = {
  CURSOR_KEYS: {
    schema: cursorKeys,
    doc: 'Secrets that the cursors of subscriptions are signed with, `<id>:<secret>` separated by commas, each of at least 32 characters (`openssl rand -hex 32`). The first signs, all are accepted; every replica has the same. To replace one, put the new one behind the old one everywhere, then before it, then take the old one away once its cursors have expired.',
    secret: true,
  },
  MAX_SUBSCRIPTIONS: {
    schema: kinds.positive,
    default: String(defaults.total),
    doc: 'Subscriptions that a gateway serves at once.',
  },
  MAX_SOCKETS: {
    schema: kinds.positive,
    default: String(defaults.sockets),
    doc: 'WebSockets and streams that a gateway holds at once.',
  },
  MAX_SOCKETS_PER_ADDRESS: {
    schema: kinds.count,
    default: String(defaults.socketsPerAddress),
    doc: 'WebSockets and streams that one address may hold; 0 sets no bound. Behind a proxy all clients share an address.',
  },
  MAX_OPERATIONS_PER_SOCKET: {
    schema: kinds.positive,
    default: String(defaults.perSocket),
    doc: 'Operations that one WebSocket may have open.',
  },
  SOCKET_INIT_TIMEOUT_MS: {
    schema: kinds.deadlineMs,
    default: String(defaults.initTimeoutMs),
    doc: 'How long after its opening a WebSocket may take to say `connection_init`, in milliseconds.',
  },
  SOCKET_MAX_PAYLOAD_BYTES: {
    schema: kinds.bytes,
    default: String(defaults.payloadBytes),
    doc: "Size of a client's message over WebSocket, in bytes.",
  },
  SOCKET_LIFETIME_MS: {
    schema: kinds.ms,
    default: String(defaults.lifetimeMs),
    doc: 'How long a WebSocket or stream may live before its client has to come again, in milliseconds; 0 sets no bound.',
  },
  SOCKET_PING_MS: {
    schema: kinds.deadlineMs,
    default: String(defaults.pingMs),
    doc: 'Between two pings of a WebSocket, or two signs of life of a stream, in milliseconds.',
  },
  SUBSCRIBER_QUEUE_EVENTS: {
    schema: kinds.positive,
    default: String(defaults.queueEvents),
    doc: 'Events that may wait for a subscriber that reads slowly; one more ends its subscription with `SLOW_CONSUMER`.',
  },
  SUBSCRIBER_QUEUE_BYTES: {
    schema: kinds.bytes,
    default: String(defaults.queueBytes),
    doc: 'The same in bytes.',
  },
  SUBSCRIBER_STALL_MS: {
    schema: kinds.deadlineMs,
    default: String(defaults.stallMs),
    doc: 'How long a subscriber may read nothing of what waits for it before its subscription ends with `SLOW_CONSUMER`, in milliseconds.',
  },
  DRAIN_MS: {
    schema: kinds.ms,
    default: String(defaults.drainMs),
    doc: 'Over how long a gateway that stops sends its subscribers away, in milliseconds; less than `STOP_TIMEOUT_MS`.',
  },
} as const satisfies Variables;

/** The bounds that the variables set. */
export function subscriptionLimitsOf(config: Values<typeof subscriptionVariables>): SubscriptionLimits {
  return {
    ...defaults,
    perSocket: config.MAX_OPERATIONS_PER_SOCKET,
    total: config.MAX_SUBSCRIPTIONS,
    sockets: config.MAX_SOCKETS,
    socketsPerAddress: config.MAX_SOCKETS_PER_ADDRESS,
    initTimeoutMs: config.SOCKET_INIT_TIMEOUT_MS,
    payloadBytes: config.SOCKET_MAX_PAYLOAD_BYTES,
    queueEvents: config.SUBSCRIBER_QUEUE_EVENTS,
    queueBytes: config.SUBSCRIBER_QUEUE_BYTES,
    stallMs: config.SUBSCRIBER_STALL_MS,
    lifetimeMs: config.SOCKET_LIFETIME_MS,
    pingMs: config.SOCKET_PING_MS,
    drainMs: config.DRAIN_MS,
  };
}
