import { createDurations } from '@tributary/service';
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Entry } from './stream/live-event.ts';

/** Why something was refused to a client. */
export type RefusalReason =
  | 'document'
  | 'cursor_invalid'
  | 'cursor_expired'
  | 'total'
  | 'per_socket'
  | 'sockets'
  | 'address'
  | 'init_timeout'
  | 'payload'
  | 'origin'
  | 'identity';

/** What is counted of subscriptions and what carries them. */
export interface SubscriptionMetrics {
  opened(field: string, from: 'now' | 'memory' | 'log'): void;
  closed(field: string, reason: 'client' | 'slow' | 'refused' | 'server'): void;
  /** An event went to so many subscribers; with the entry where it went to them as it came. */
  delivered(field: string, subscribers: number, entry: Entry | null): void;
  /** An event was executed for a group. */
  executed(field: string): void;
  /** So many records were read again for those who resume. */
  replayed(records: number): void;
  refused(reason: RefusalReason): void;
  connectionOpened(transport: Transport): void;
  connectionClosed(transport: Transport): void;
  connectionCut(transport: Transport, reason: CutReason): void;
}

/** Why a connection was ended by the gateway. */
export type CutReason = 'lifetime' | 'silent' | 'expired' | 'drain';

export type Transport = 'websocket' | 'sse' | 'multipart';

export function createSubscriptionMetrics(registry: Registry): SubscriptionMetrics {
  const registers = [registry];
  const open = new Gauge({
    name: 'tributary_gateway_subscriptions_open',
    help: 'Subscriptions that are open now, by root field.',
    labelNames: ['field'],
    registers,
  });
  const opened = new Counter({
    name: 'tributary_gateway_subscriptions_opened_total',
    help: 'Subscriptions that were opened, by root field and by where they began: from now on, or resumed from memory or from the log.',
    labelNames: ['field', 'from'],
    registers,
  });
  const ended = new Counter({
    name: 'tributary_gateway_subscriptions_ended_total',
    help: 'Subscriptions that ended, by root field and reason: the client left, was too slow, was refused its cursor, or the server ended it.',
    labelNames: ['field', 'reason'],
    registers,
  });
  const delivered = new Counter({
    name: 'tributary_gateway_subscription_events_delivered_total',
    help: 'Events handed to subscribers, by root field.',
    labelNames: ['field'],
    registers,
  });
  const executed = new Counter({
    name: 'tributary_gateway_subscription_executions_total',
    help: 'Events that were executed, once for all who share the result, by root field.',
    labelNames: ['field'],
    registers,
  });
  const lag = createDurations({
    registry,
    name: 'tributary_gateway_subscription_delivery_lag_seconds',
    help: 'Time from when the log took an event to when it had been handed to all live subscribers of one group.',
    labelNames: [],
  });
  const replayed = new Counter({
    name: 'tributary_gateway_subscription_replayed_records_total',
    help: 'Records read again from the log for subscribers who resume.',
    registers,
  });
  const refused = new Counter({
    name: 'tributary_gateway_subscriptions_refused_total',
    help: 'Subscriptions, sockets and streams that were refused, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const connections = new Gauge({
    name: 'tributary_gateway_subscription_connections_open',
    help: 'Sockets and streams that carry subscriptions and are open now, by transport.',
    labelNames: ['transport'],
    registers,
  });
  const cut = new Counter({
    name: 'tributary_gateway_subscription_connections_cut_total',
    help: 'Sockets and streams that the gateway ended, by transport and reason: too old, silent, credentials expired, or the gateway stops.',
    labelNames: ['transport', 'reason'],
    registers,
  });
  return {
    opened(field, from) {
      open.inc({ field });
      opened.inc({ field, from });
    },
    closed(field, reason) {
      open.dec({ field });
      ended.inc({ field, reason });
    },
    delivered(field, subscribers, entry) {
      delivered.inc({ field }, subscribers);
      if (entry && subscribers > 0) lag.observe({}, Math.max(0, Date.now() - entry.timestampMs) / 1_000, entry.trace);
    },
    executed: (field) => executed.inc({ field }),
    replayed: (records) => replayed.inc(records),
    refused: (reason) => refused.inc({ reason }),
    connectionOpened: (transport) => connections.inc({ transport }),
    connectionClosed: (transport) => connections.dec({ transport }),
    connectionCut: (transport, reason) => cut.inc({ transport, reason }),
  };
}
