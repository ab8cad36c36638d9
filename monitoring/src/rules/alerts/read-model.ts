import type { AlertGroup } from '../alert.ts';
import { grown } from '../expressions.ts';

const projector = { job: 'projector', instance: 'projector:9404' };
const of = 'job="projector", instance="projector:9404"';

export const readModelAlerts: AlertGroup = {
  name: 'read-model',
  alerts: [
    {
      name: 'CacheBreakerOpen',
      expr: 'tributary_cache_breaker_open == 1 or tributary_cache_available == 0',
      for: '2m',
      severity: 'warning',
      summary: 'Reads go past the cache at {{ $labels.instance }}',
      description: 'Redis is away or too slow, so every read asks the read model itself.',
      fires: {
        when: 'the breaker is open',
        series: {
          [`tributary_cache_breaker_open{${of}}`]: '0 1x10',
          [`tributary_cache_available{${of}}`]: '1 0x10',
        },
        notYet: '2m',
        at: '5m',
        alerts: [
          {
            labels: projector,
            summary: 'Reads go past the cache at projector:9404',
            description: 'Redis is away or too slow, so every read asks the read model itself.',
          },
        ],
      },
      silent: [
        {
          when: 'it opened for a moment',
          series: {
            [`tributary_cache_breaker_open{${of}}`]: '0 1 0x10',
            [`tributary_cache_available{${of}}`]: '1 0 1x10',
          },
          at: '5m',
        },
      ],
    },
    {
      name: 'RedisDown',
      expr: 'redis_up == 0',
      for: '1m',
      severity: 'warning',
      summary: 'Redis does not answer',
      description: 'Its exporter at {{ $labels.instance }} does not reach it. Reads go on without it, slower.',
      fires: {
        when: 'it is away',
        series: { 'redis_up{job="redis-exporter", instance="redis-exporter:9121"}': '1 0x10' },
        notYet: '1m',
        at: '5m',
        alerts: [
          {
            labels: { job: 'redis-exporter', instance: 'redis-exporter:9121' },
            summary: 'Redis does not answer',
            description: 'Its exporter at redis-exporter:9121 does not reach it. Reads go on without it, slower.',
          },
        ],
      },
      silent: [
        {
          when: 'it answers',
          series: { 'redis_up{job="redis-exporter", instance="redis-exporter:9121"}': '1x10' },
          at: '5m',
        },
      ],
    },
    {
      name: 'CacheWritesMissed',
      expr: 'tributary_projector_missed_cache_writes > 0',
      for: '10m',
      severity: 'warning',
      summary: 'The cache has not been told of changes',
      description:
        '{{ $labels.instance }} still owes the cache {{ $value | humanize }} products. Until they are written it keeps no position past the first of them.',
      fires: {
        when: 'they stay owed',
        series: { [`tributary_projector_missed_cache_writes{${of}}`]: '0 5x15' },
        notYet: '9m',
        at: '12m',
        alerts: [
          {
            labels: projector,
            summary: 'The cache has not been told of changes',
            description:
              'projector:9404 still owes the cache 5 products. Until they are written it keeps no position past the first of them.',
          },
        ],
      },
      silent: [
        {
          when: 'they were made up for',
          series: { [`tributary_projector_missed_cache_writes{${of}}`]: '0 5x5 0x10' },
          at: '12m',
        },
      ],
    },
    {
      name: 'ReadModelBuildFails',
      // One that fails while the writer is not up yet is repeated, and said no more of.
      expr: [
        `${grown('tributary_projector_builds_total{result="failed"}', { by: [], within: '10m' })} > 0`,
        `unless on () ${grown('tributary_projector_builds_total{result="done"}', { by: [], within: '10m' })} > 0`,
      ].join('\n'),
      for: '1m',
      severity: 'critical',
      summary: 'The read model cannot be built',
      description:
        'Within 10 minutes {{ $value | humanize }} builds failed, and none was done. Where there is no other, nothing can be read.',
      fires: {
        when: 'every build fails',
        series: { [`tributary_projector_builds_total{${of}, result="failed"}`]: '_x2 1x10' },
        notYet: '2m',
        at: '5m',
        alerts: [
          {
            summary: 'The read model cannot be built',
            description:
              'Within 10 minutes 1 builds failed, and none was done. Where there is no other, nothing can be read.',
          },
        ],
      },
      silent: [
        {
          when: 'the first try failed',
          series: {
            [`tributary_projector_builds_total{${of}, result="failed"}`]: '_x2 1x10',
            [`tributary_projector_builds_total{${of}, result="done"}`]: '_x3 1x10',
          },
          at: '5m',
        },
        {
          when: 'that was long ago',
          series: { [`tributary_projector_builds_total{${of}, result="failed"}`]: '4x40' },
          at: '30m',
        },
      ],
    },
  ],
};
