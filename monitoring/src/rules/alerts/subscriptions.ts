import type { AlertGroup } from '../alert.ts';
import { grown } from '../expressions.ts';

const of = 'job="gateway", instance="gateway:9400"';

export const subscriptionAlerts: AlertGroup = {
  name: 'subscriptions',
  alerts: [
    {
      name: 'SubscribersTooSlow',
      expr: `${grown('tributary_gateway_subscriptions_ended_total{reason="slow"}', { by: ['field'], within: '10m' })} > 20`,
      severity: 'warning',
      summary: 'Subscribers of {{ $labels.field }} are too slow',
      description:
        '{{ $value | humanize }} of them were sent away within 10 minutes because they did not take what they were sent.',
      fires: {
        when: 'five a minute are sent away',
        series: {
          [`tributary_gateway_subscriptions_ended_total{${of}, field="productEvents", reason="slow"}`]: '0+5x20',
        },
        at: '15m',
        alerts: [
          {
            labels: { field: 'productEvents' },
            summary: 'Subscribers of productEvents are too slow',
            description: '50 of them were sent away within 10 minutes because they did not take what they were sent.',
          },
        ],
      },
      silent: [
        {
          when: 'they leave by themselves',
          series: {
            [`tributary_gateway_subscriptions_ended_total{${of}, field="productEvents", reason="client"}`]: '0+500x20',
            [`tributary_gateway_subscriptions_ended_total{${of}, field="productEvents", reason="slow"}`]: '_x5 1x15',
          },
          at: '12m',
        },
      ],
    },
    {
      name: 'SubscriptionsRefused',
      expr: `${grown('tributary_gateway_subscriptions_refused_total{reason=~"total|sockets|address"}', { by: ['reason'], within: '5m' })} > 0`,
      for: '1m',
      severity: 'warning',
      summary: 'Subscribers are turned away: {{ $labels.reason }}',
      description:
        'A limit was reached {{ $value | humanize }} times within 5 minutes, and a client refused each time.',
      fires: {
        when: 'the first is refused',
        series: { [`tributary_gateway_subscriptions_refused_total{${of}, reason="sockets"}`]: '_x5 3x10' },
        notYet: '5m',
        at: '8m',
        alerts: [
          {
            labels: { reason: 'sockets' },
            summary: 'Subscribers are turned away: sockets',
            description: 'A limit was reached 3 times within 5 minutes, and a client refused each time.',
          },
        ],
      },
      silent: [
        {
          when: 'what clients send will not do',
          series: {
            [`tributary_gateway_subscriptions_refused_total{${of}, reason="document"}`]: '_x5 0+10x10',
            [`tributary_gateway_subscriptions_refused_total{${of}, reason="origin"}`]: '_x5 0+10x10',
          },
          at: '8m',
        },
      ],
    },
    {
      name: 'DeliveryLag',
      expr: 'histogram_quantile(0.99, sum by (le) (rate(tributary_gateway_subscription_delivery_lag_seconds_bucket[5m]))) > 1',
      for: '5m',
      severity: 'warning',
      summary: 'Subscribers hear of events late',
      description:
        'One in a hundred events was handed out {{ $value | humanizeDuration }} or more after the log took it.',
      fires: {
        when: 'all take between 1 and 2.5 s',
        series: {
          [`tributary_gateway_subscription_delivery_lag_seconds_bucket{${of}, le="1"}`]: '0x20',
          [`tributary_gateway_subscription_delivery_lag_seconds_bucket{${of}, le="2"}`]: '0+100x20',
          [`tributary_gateway_subscription_delivery_lag_seconds_bucket{${of}, le="+Inf"}`]: '0+100x20',
        },
        notYet: '5m',
        at: '15m',
        alerts: [
          {
            summary: 'Subscribers hear of events late',
            description: 'One in a hundred events was handed out 1.99s or more after the log took it.',
          },
        ],
      },
      silent: [
        {
          when: 'they are in time',
          series: {
            [`tributary_gateway_subscription_delivery_lag_seconds_bucket{${of}, le="0.1"}`]: '0+100x20',
            [`tributary_gateway_subscription_delivery_lag_seconds_bucket{${of}, le="+Inf"}`]: '0+100x20',
          },
          at: '15m',
        },
        {
          when: 'there is nothing to tell',
          series: {
            [`tributary_gateway_subscription_delivery_lag_seconds_bucket{${of}, le="1"}`]: '0x20',
            [`tributary_gateway_subscription_delivery_lag_seconds_bucket{${of}, le="+Inf"}`]: '100x20',
          },
          at: '15m',
        },
      ],
    },
  ],
};
