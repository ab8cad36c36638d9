import type { DashboardSpec } from './panel.ts';
import { instances, of, quantiles, rate, sumBy } from './queries.ts';

const metric = (name: string) => `tributary_gateway_subscription${name}`;

export const subscriptions: DashboardSpec = {
  uid: 'tributary-subscriptions',
  title: 'Subscriptions',
  description: 'Who listens, how late they hear of events, and who is turned or sent away.',
  variables: [instances],
  rows: [
    {
      title: 'Now',
      panels: [
        {
          title: 'Open subscriptions',
          description: 'By field. At MAX_SUBSCRIPTIONS of a gateway more are refused.',
          unit: 'short',
          stacked: true,
          queries: [{ expr: sumBy(['field'], of(metric('s_open'))), legend: '{{field}}' }],
        },
        {
          title: 'Sockets and streams',
          description: 'By transport. At MAX_SOCKETS of a gateway more are refused.',
          unit: 'short',
          stacked: true,
          queries: [{ expr: sumBy(['transport'], of(metric('_connections_open'))), legend: '{{transport}}' }],
        },
        {
          title: 'Open subscriptions, by gateway',
          description: 'Sockets stay where they are: after a restart one gateway may have most.',
          unit: 'short',
          queries: [{ expr: sumBy(['instance'], of(metric('s_open'))), legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Events',
      panels: [
        {
          title: 'Delivery lag',
          description: 'From when the log took an event to when all live subscribers of a group had been handed it.',
          unit: 's',
          thresholds: [0.5, 1],
          queries: quantiles(metric('_delivery_lag_seconds')),
        },
        {
          title: 'Events delivered',
          description: 'A second, to every subscriber counted.',
          unit: 'ops',
          queries: [{ expr: sumBy(['field'], rate(metric('_events_delivered_total'))), legend: '{{field}}' }],
        },
        {
          title: 'Deliveries of one execution',
          description: 'An event is executed once for all who asked the same: how many share it.',
          unit: 'percentunit',
          queries: [
            {
              expr: `${sumBy(['field'], rate(metric('_events_delivered_total')))} / ${sumBy(['field'], rate(metric('_executions_total')))}`,
              legend: '{{field}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Coming and going',
      panels: [
        {
          title: 'Subscriptions opened',
          description:
            'now: from now on. memory, log: resumed with a cursor, from what the gateway still has or from Kafka.',
          unit: 'ops',
          stacked: true,
          queries: [{ expr: sumBy(['from'], rate(metric('s_opened_total'))), legend: '{{from}}' }],
        },
        {
          title: 'Subscriptions ended',
          description:
            'client: it left. slow: it did not take what it was sent. refused: its cursor. server: the gateway ended it.',
          unit: 'ops',
          stacked: true,
          queries: [{ expr: sumBy(['reason'], rate(metric('s_ended_total'))), legend: '{{reason}}' }],
        },
        {
          title: 'Records read again',
          description: 'From Kafka, for those who resume further back than memory.',
          unit: 'ops',
          queries: [{ expr: sumBy(['instance'], rate(metric('_replayed_records_total'))), legend: '{{instance}}' }],
        },
        {
          title: 'Refused',
          description: 'total, sockets, address, per_socket: a limit. Others: what the client sent, or did not.',
          unit: 'ops',
          queries: [{ expr: sumBy(['reason'], rate(metric('s_refused_total'))), legend: '{{reason}}' }],
        },
        {
          title: 'Sockets and streams cut',
          description: 'By the gateway: too old, silent, credentials expired, or it stops.',
          unit: 'ops',
          queries: [
            {
              expr: sumBy(['transport', 'reason'], rate(metric('_connections_cut_total'))),
              legend: '{{transport}} {{reason}}',
            },
          ],
        },
      ],
    },
  ],
};
