import type { AlertGroup } from '../alert.ts';
import { SERVICES } from '../expressions.ts';

const writer = { job: 'writer', instance: 'writer:9403' };
const second = { job: 'writer', instance: 'writer-2:9403' };

export const processAlerts: AlertGroup = {
  name: 'processes',
  alerts: [
    {
      name: 'ServiceDown',
      expr: `sum by (job) (up{job=~"${SERVICES}"}) == 0`,
      for: '1m',
      severity: 'critical',
      summary: 'No {{ $labels.job }} answers',
      description: 'Not one process of {{ $labels.job }} has answered on its admin port for a minute.',
      fires: {
        when: 'both writers are away',
        series: {
          'up{job="writer", instance="writer:9403"}': '1 1 0x10',
          'up{job="writer", instance="writer-2:9403"}': '0x12',
        },
        notYet: '2m',
        at: '5m',
        alerts: [
          {
            labels: { job: 'writer' },
            summary: 'No writer answers',
            description: 'Not one process of writer has answered on its admin port for a minute.',
          },
        ],
      },
      silent: [
        {
          when: 'one of two is away',
          series: {
            'up{job="writer", instance="writer:9403"}': '0x12',
            'up{job="writer", instance="writer-2:9403"}': '1x12',
          },
          at: '5m',
        },
        { when: 'one scrape failed', series: { 'up{job="writer", instance="writer:9403"}': '1 1 0 1x10' }, at: '3m' },
        { when: 'it is an exporter', series: { 'up{job="redis-exporter", instance="r:9121"}': '0x12' }, at: '5m' },
      ],
    },
    {
      name: 'ReplicaDown',
      expr: `up{job=~"${SERVICES}"} == 0 and on (job) sum by (job) (up{job=~"${SERVICES}"}) > 0`,
      for: '2m',
      severity: 'warning',
      summary: '{{ $labels.job }} at {{ $labels.instance }} does not answer',
      description: 'Others of {{ $labels.job }} answer and do its work; with one less of them.',
      fires: {
        when: 'one of two writers is away',
        series: {
          'up{job="writer", instance="writer:9403"}': '0x12',
          'up{job="writer", instance="writer-2:9403"}': '1x12',
        },
        notYet: '1m',
        at: '5m',
        alerts: [
          {
            labels: writer,
            summary: 'writer at writer:9403 does not answer',
            description: 'Others of writer answer and do its work; with one less of them.',
          },
        ],
      },
      silent: [
        {
          when: 'they are exporters',
          series: {
            'up{job="node-exporter", instance="a:9100"}': '0x12',
            'up{job="node-exporter", instance="b:9100"}': '1x12',
          },
          at: '5m',
        },
        { when: 'the only one is away', series: { 'up{job="writer", instance="writer:9403"}': '0x12' }, at: '5m' },
        {
          when: 'both answer',
          series: {
            'up{job="writer", instance="writer:9403"}': '1x12',
            'up{job="writer", instance="writer-2:9403"}': '1x12',
          },
          at: '5m',
        },
      ],
    },
    {
      name: 'ExporterDown',
      expr: `up{job!~"${SERVICES}"} == 0`,
      for: '5m',
      severity: 'warning',
      summary: '{{ $labels.job }} at {{ $labels.instance }} does not answer',
      description: 'Nothing is known of what {{ $labels.job }} watches, and its alerts are silent.',
      fires: {
        when: 'the exporter is away',
        series: { 'up{job="redis-exporter", instance="redis-exporter:9121"}': '0x12' },
        notYet: '4m',
        at: '8m',
        alerts: [
          {
            labels: { job: 'redis-exporter', instance: 'redis-exporter:9121' },
            summary: 'redis-exporter at redis-exporter:9121 does not answer',
            description: 'Nothing is known of what redis-exporter watches, and its alerts are silent.',
          },
        ],
      },
      silent: [
        { when: 'it is a service', series: { 'up{job="gateway", instance="gateway:9400"}': '0x12' }, at: '8m' },
        {
          when: 'it answers',
          series: { 'up{job="redis-exporter", instance="redis-exporter:9121"}': '0 0 1x10' },
          at: '8m',
        },
      ],
    },
    {
      name: 'ProcessRestarts',
      expr: `changes(process_start_time_seconds{job=~"${SERVICES}"}[15m]) > 2`,
      severity: 'warning',
      summary: '{{ $labels.job }} at {{ $labels.instance }} starts again and again',
      description: 'It has started {{ $value }} times within 15 minutes.',
      fires: {
        when: 'it started three times',
        series: {
          'process_start_time_seconds{job="writer", instance="writer:9403"}': '100 100 200 200 300 300 400 400 400',
        },
        at: '8m',
        alerts: [
          {
            labels: writer,
            summary: 'writer at writer:9403 starts again and again',
            description: 'It has started 3 times within 15 minutes.',
          },
        ],
      },
      silent: [
        {
          when: 'it was deployed once',
          series: { 'process_start_time_seconds{job="writer", instance="writer:9403"}': '100 100 200x10' },
          at: '8m',
        },
        {
          when: 'it is none of ours',
          series: { 'process_start_time_seconds{job="prometheus", instance="prometheus:9090"}': '1 2 3 4 5 6 7 8 9' },
          at: '8m',
        },
      ],
    },
    {
      name: 'EventLoopLag',
      expr: `nodejs_eventloop_lag_p99_seconds{job=~"${SERVICES}"} > 0.2`,
      for: '5m',
      severity: 'warning',
      summary: '{{ $labels.job }} at {{ $labels.instance }} answers late because it is busy',
      description:
        'One in a hundred turns of its event loop waits {{ $value | humanizeDuration }}: every request it handles waits as long.',
      fires: {
        when: 'it lags for 10 minutes',
        series: { 'nodejs_eventloop_lag_p99_seconds{job="writer", instance="writer-2:9403"}': '0.5x12' },
        notYet: '4m',
        at: '10m',
        alerts: [
          {
            labels: second,
            summary: 'writer at writer-2:9403 answers late because it is busy',
            description:
              'One in a hundred turns of its event loop waits 500ms: every request it handles waits as long.',
          },
        ],
      },
      silent: [
        {
          when: 'it lagged for a moment',
          series: {
            'nodejs_eventloop_lag_p99_seconds{job="writer", instance="writer:9403"}': '0.5 0.5 0.01 0.5 0.5x2 0.02x5',
          },
          at: '7m',
        },
        {
          when: 'it is none of ours',
          series: { 'nodejs_eventloop_lag_p99_seconds{job="other", instance="other:1"}': '0.5x12' },
          at: '10m',
        },
      ],
    },
    {
      name: 'EventLoopBusy',
      expr: 'tributary_event_loop_utilization_ratio > 0.9',
      for: '10m',
      severity: 'warning',
      summary: '{{ $labels.job }} at {{ $labels.instance }} has no time left',
      description: 'It is at work for {{ $value | humanizePercentage }} of the time: more load makes everybody wait.',
      fires: {
        when: 'it is at work all the time',
        series: { 'tributary_event_loop_utilization_ratio{job="writer", instance="writer:9403"}': '0.96x15' },
        notYet: '9m',
        at: '12m',
        alerts: [
          {
            labels: writer,
            summary: 'writer at writer:9403 has no time left',
            description: 'It is at work for 96% of the time: more load makes everybody wait.',
          },
        ],
      },
      silent: [
        {
          when: 'it rests in between',
          series: {
            'tributary_event_loop_utilization_ratio{job="writer", instance="writer:9403"}': '0.96x5 0.5 0.96x8',
          },
          at: '12m',
        },
      ],
    },
    {
      name: 'HeapNearLimit',
      expr: `nodejs_heap_size_used_bytes{job=~"${SERVICES}"} / tributary_heap_limit_bytes > 0.9`,
      for: '5m',
      severity: 'warning',
      summary: '{{ $labels.job }} at {{ $labels.instance }} is about to run out of memory',
      description: 'Its heap holds {{ $value | humanizePercentage }} of what it may grow to.',
      fires: {
        when: 'the heap grows into its limit',
        series: {
          'nodejs_heap_size_used_bytes{job="writer", instance="writer:9403"}': '500 700 960x15',
          'tributary_heap_limit_bytes{job="writer", instance="writer:9403"}': '1000x20',
        },
        notYet: '6m',
        at: '12m',
        alerts: [
          {
            labels: writer,
            summary: 'writer at writer:9403 is about to run out of memory',
            description: 'Its heap holds 96% of what it may grow to.',
          },
        ],
      },
      silent: [
        {
          when: 'it is collected in between',
          series: {
            'nodejs_heap_size_used_bytes{job="writer", instance="writer:9403"}': '960x3 300 960x3 300 960x3 300 960x3',
            'tributary_heap_limit_bytes{job="writer", instance="writer:9403"}': '1000x20',
          },
          at: '12m',
        },
      ],
    },
    {
      name: 'TracesLost',
      expr: `sum by (job, instance) (rate(tributary_traces_spans_total{job=~"${SERVICES}", result!="sent"}[5m])) > 0`,
      for: '15m',
      severity: 'warning',
      summary: 'Traces of {{ $labels.job }} at {{ $labels.instance }} are lost',
      description:
        '{{ $value | humanize }} spans a second have not reached whatever takes them. Nothing else is slower for it.',
      fires: {
        when: 'no span is taken',
        series: { 'tributary_traces_spans_total{job="writer", instance="writer:9403", result="failed"}': '0+60x30' },
        notYet: '14m',
        at: '25m',
        alerts: [
          {
            labels: writer,
            summary: 'Traces of writer at writer:9403 are lost',
            description: '1 spans a second have not reached whatever takes them. Nothing else is slower for it.',
          },
        ],
      },
      silent: [
        {
          when: 'all are taken',
          series: { 'tributary_traces_spans_total{job="writer", instance="writer:9403", result="sent"}': '0+60x30' },
          at: '25m',
        },
        {
          when: 'the receiver was restarted',
          series: {
            'tributary_traces_spans_total{job="writer", instance="writer:9403", result="failed"}': '0 0 600x28',
          },
          at: '25m',
        },
      ],
    },
  ],
};
