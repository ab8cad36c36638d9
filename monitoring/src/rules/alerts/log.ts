import type { AlertGroup } from '../alert.ts';
import { grown } from '../expressions.ts';

const writer = 'topic="products.commands.v1", group="writer"';
const projector = 'topic="products.events.v1", group="projector"';
const commands = { topic: 'products.commands.v1', group: 'writer' };
const events = { topic: 'products.events.v1', group: 'projector' };

export const logAlerts: AlertGroup = {
  name: 'log',
  alerts: [
    {
      name: 'PublishFails',
      expr: [
        'sum by (topic) (rate(tributary_log_publish_duration_seconds_count{outcome!="OK"}[5m]))',
        '  / sum by (topic) (rate(tributary_log_publish_duration_seconds_count[5m])) > 0.05',
      ].join('\n'),
      for: '2m',
      severity: 'critical',
      summary: 'Kafka does not take records of {{ $labels.topic }}',
      description: '{{ $value | humanizePercentage }} of what was sent to {{ $labels.topic }} was not acknowledged.',
      fires: {
        when: 'one in ten is not acknowledged',
        series: {
          'tributary_log_publish_duration_seconds_count{job="products-command", topic="products.commands.v1", outcome="NOT_CONFIRMED"}':
            '0+10x15',
          'tributary_log_publish_duration_seconds_count{job="products-command", topic="products.commands.v1", outcome="OK"}':
            '0+90x15',
        },
        notYet: '2m',
        at: '10m',
        alerts: [
          {
            labels: { topic: 'products.commands.v1' },
            summary: 'Kafka does not take records of products.commands.v1',
            description: '10% of what was sent to products.commands.v1 was not acknowledged.',
          },
        ],
      },
      silent: [
        {
          when: 'one in a hundred fails',
          series: {
            'tributary_log_publish_duration_seconds_count{job="products-command", topic="products.commands.v1", outcome="NOT_CONFIRMED"}':
              '0+1x15',
            'tributary_log_publish_duration_seconds_count{job="products-command", topic="products.commands.v1", outcome="OK"}':
              '0+99x15',
          },
          at: '10m',
        },
      ],
    },
    {
      name: 'ConsumerLag',
      expr: 'topic_group:tributary_consumer_lag_seconds:max > 30',
      for: '2m',
      severity: 'critical',
      summary: '{{ $labels.group }} is behind in {{ $labels.topic }}',
      description: 'What it has to handle next has waited {{ $value | humanizeDuration }} in its worst partition.',
      fires: {
        when: 'one partition is behind',
        series: {
          [`tributary_consumer_lag_seconds{job="projector", ${projector}, partition="0"}`]: '0x15',
          [`tributary_consumer_lag_seconds{job="projector", ${projector}, partition="1"}`]: '0+20x15',
        },
        notYet: '3m',
        at: '10m',
        alerts: [
          {
            labels: events,
            summary: 'projector is behind in products.events.v1',
            description: 'What it has to handle next has waited 3m 20s in its worst partition.',
          },
        ],
      },
      silent: [
        {
          when: 'it is always a little behind',
          series: { [`tributary_consumer_lag_seconds{job="projector", ${projector}, partition="0"}`]: '2x15' },
          at: '10m',
        },
        {
          when: 'it catches up after a restart',
          series: {
            [`tributary_consumer_lag_seconds{job="projector", ${projector}, partition="0"}`]: '0 60 20 0x15',
          },
          at: '4m',
        },
      ],
    },
    {
      name: 'ConsumerStuck',
      expr: [
        'topic_group:tributary_consumer_lag_records:sum > 0',
        'unless on (topic, group) sum by (topic, group) (rate(tributary_consumer_records_total[5m])) > 0',
      ].join('\n'),
      for: '2m',
      severity: 'critical',
      summary: '{{ $labels.group }} does not go on in {{ $labels.topic }}',
      description: '{{ $value | humanize }} records wait for it, and for 5 minutes it has handled none.',
      fires: {
        when: 'it handles nothing',
        series: {
          [`tributary_consumer_lag_records{job="writer", ${writer}, partition="0"}`]: '0+10x15',
          [`tributary_consumer_records_total{job="writer", ${writer}}`]: '500x15',
        },
        notYet: '2m',
        at: '12m',
        alerts: [
          {
            labels: commands,
            summary: 'writer does not go on in products.commands.v1',
            description: '120 records wait for it, and for 5 minutes it has handled none.',
          },
        ],
      },
      silent: [
        {
          when: 'it is behind and works',
          series: {
            [`tributary_consumer_lag_records{job="writer", ${writer}, partition="0"}`]: '0+10x15',
            [`tributary_consumer_records_total{job="writer", ${writer}}`]: '0+500x15',
          },
          at: '12m',
        },
        {
          when: 'there is nothing to do',
          series: {
            [`tributary_consumer_lag_records{job="writer", ${writer}, partition="0"}`]: '0x15',
            [`tributary_consumer_records_total{job="writer", ${writer}}`]: '500x15',
          },
          at: '12m',
        },
      ],
    },
    {
      name: 'ConsumerFailures',
      expr: `${grown('tributary_consumer_failures_total', { by: ['topic', 'group'], within: '5m' })} > 3`,
      for: '2m',
      severity: 'warning',
      summary: '{{ $labels.group }} cannot handle what it reads from {{ $labels.topic }}',
      description: 'Batches failed and came again {{ $value | humanize }} times within 5 minutes.',
      fires: {
        when: 'a batch fails again and again',
        series: { [`tributary_consumer_failures_total{job="writer", instance="writer:9403", ${writer}}`]: '0+2x15' },
        notYet: '3m',
        at: '10m',
        alerts: [
          {
            labels: commands,
            summary: 'writer cannot handle what it reads from products.commands.v1',
            description: 'Batches failed and came again 10 times within 5 minutes.',
          },
        ],
      },
      silent: [
        {
          when: 'it failed twice',
          series: {
            [`tributary_consumer_failures_total{job="writer", instance="writer:9403", ${writer}}`]: '_x3 2x15',
          },
          at: '6m',
        },
      ],
    },
    {
      name: 'DeadLetters',
      expr: `${grown('tributary_consumer_dead_letters_total', { by: ['topic', 'group'], within: '15m' })} > 0`,
      severity: 'warning',
      summary: 'Records of {{ $labels.topic }} were set aside',
      description:
        '{{ $labels.group }} could not handle {{ $value | humanize }} records within 15 minutes and kept them as dead letters.',
      fires: {
        when: 'the first ever arrives',
        series: {
          [`tributary_consumer_dead_letters_total{job="writer", instance="writer:9403", ${writer}}`]: '_x20 1x10',
        },
        at: '25m',
        alerts: [
          {
            labels: commands,
            summary: 'Records of products.commands.v1 were set aside',
            description: 'writer could not handle 1 records within 15 minutes and kept them as dead letters.',
          },
        ],
      },
      silent: [
        {
          when: 'the last one came long ago',
          series: {
            [`tributary_consumer_dead_letters_total{job="writer", instance="writer:9403", ${writer}}`]: '7x40',
          },
          at: '30m',
        },
      ],
    },
    {
      name: 'RecordsLost',
      expr: `${grown('tributary_consumer_lost_records_total', { by: ['topic', 'group'], within: '1h' })} > 0`,
      severity: 'critical',
      summary: 'Records of {{ $labels.topic }} were deleted before they were handled',
      description:
        '{{ $labels.group }} was away for longer than the topic keeps records: {{ $value | humanize }} of them are lost to it.',
      fires: {
        when: 'it comes back too late',
        series: {
          [`tributary_consumer_lost_records_total{job="writer", instance="writer:9403", ${writer}}`]: '_x20 12x10',
        },
        at: '25m',
        alerts: [
          {
            labels: commands,
            summary: 'Records of products.commands.v1 were deleted before they were handled',
            description: 'writer was away for longer than the topic keeps records: 12 of them are lost to it.',
          },
        ],
      },
      silent: [
        {
          when: 'it happened long ago',
          series: {
            [`tributary_consumer_lost_records_total{job="writer", instance="writer:9403", ${writer}}`]: '12x80',
          },
          at: '75m',
        },
      ],
    },
  ],
};
