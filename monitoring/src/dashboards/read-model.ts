import type { DashboardSpec } from './panel.ts';
import { instances, of, quantile, quantiles, rate, share, sumBy } from './queries.ts';

const reader = 'service="products.v1.ProductReader"';
const commandTime = 'rate(redis_commands_duration_seconds_total[$__rate_interval])';
const commands = 'rate(redis_commands_total[$__rate_interval])';
const hits = 'sum(rate(redis_keyspace_hits_total[$__rate_interval]))';
const misses = 'sum(rate(redis_keyspace_misses_total[$__rate_interval]))';

export const readModel: DashboardSpec = {
  uid: 'tributary-read-model',
  title: 'Read model and cache',
  description: 'What is read, how fresh it is, and how much of it the cache answers.',
  variables: [instances],
  rows: [
    {
      title: 'Reads',
      panels: [
        {
          title: 'Reads',
          description: 'Calls of the reader a second, by method.',
          unit: 'reqps',
          queries: [
            {
              expr: sumBy(['method'], rate('tributary_grpc_server_duration_seconds_count', reader)),
              legend: '{{method}}',
            },
          ],
        },
        {
          title: 'Duration of reads, p99',
          description: 'A wait for a version included.',
          unit: 's',
          queries: [
            {
              expr: quantile(0.99, 'tributary_grpc_server_duration_seconds', { by: ['method'], matchers: reader }),
              legend: '{{method}}',
            },
          ],
        },
        {
          title: 'Reads that wait for a version',
          description: 'Of clients that want to see their own write. At MAX_WAITING_READS more are refused.',
          unit: 'short',
          queries: [{ expr: of('tributary_reader_waiting_reads'), legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Projection',
      panels: [
        {
          title: 'Products stored',
          description: 'Product states a second that were newer than the read model. Repeats do not count.',
          unit: 'ops',
          queries: [{ expr: sumBy(['instance'], rate('tributary_projector_products_total')), legend: '{{instance}}' }],
        },
        {
          title: 'Decision to effect',
          description: 'From the decision of a command to its effect in read model and cache.',
          unit: 's',
          queries: quantiles('tributary_projector_delay_seconds'),
        },
        {
          title: 'Builds of the read model',
          description: 'Since the processes started, by result: at an empty database, after a loss, on request.',
          unit: 'short',
          queries: [{ expr: sumBy(['result'], of('tributary_projector_builds_total')), legend: '{{result}}' }],
        },
      ],
    },
    {
      title: 'Cache',
      panels: [
        {
          title: 'Answered by the cache',
          description: 'Share of lookups that found the product.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [
            {
              expr: share(
                sumBy([], rate('tributary_cache_requests_total', 'result="hit"')),
                sumBy([], rate('tributary_cache_requests_total')),
              ),
              legend: 'found',
            },
          ],
        },
        {
          title: 'Lookups',
          description: 'hit: found. miss: not there. away: the cache does not answer.',
          unit: 'ops',
          stacked: true,
          queries: [{ expr: sumBy(['result'], rate('tributary_cache_requests_total')), legend: '{{result}}' }],
        },
        {
          title: 'Does it answer?',
          description: 'open: reads go past it because it was too slow. available: 1 while it answers.',
          unit: 'short',
          min: 0,
          max: 1,
          queries: [
            { expr: of('tributary_cache_breaker_open'), legend: '{{instance}} open' },
            { expr: of('tributary_cache_available'), legend: '{{instance}} available' },
          ],
        },
        {
          title: 'Stale fills refused',
          description:
            'A reader wanted to store what had changed meanwhile. Some are normal; they keep the cache right.',
          unit: 'ops',
          queries: [{ expr: sumBy(['instance'], rate('tributary_cache_refused_fills_total')), legend: '{{instance}}' }],
        },
        {
          title: 'Writes that failed',
          description: 'Product states that could not be written to Redis, each attempt counted.',
          unit: 'ops',
          queries: [{ expr: sumBy(['instance'], rate('tributary_cache_failed_writes_total')), legend: '{{instance}}' }],
        },
        {
          title: 'Owed to the cache',
          description: 'Products that changed while the cache could not be told. No position is kept past the first.',
          unit: 'short',
          queries: [{ expr: of('tributary_projector_missed_cache_writes'), legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Redis',
      panels: [
        {
          title: 'Redis answers',
          description: 'Whether its exporter reaches it.',
          unit: 'short',
          min: 0,
          max: 1,
          queries: [{ expr: 'redis_up', legend: '{{instance}}' }],
        },
        {
          title: 'Commands of Redis',
          description: 'A second, by command.',
          unit: 'ops',
          queries: [{ expr: `sum by (cmd) (${commands})`, legend: '{{cmd}}' }],
        },
        {
          title: 'Time of a command in Redis',
          description: 'On average, without the way there.',
          unit: 's',
          queries: [{ expr: `sum by (cmd) (${commandTime}) / sum by (cmd) (${commands})`, legend: '{{cmd}}' }],
        },
        {
          title: 'Memory of Redis',
          description: 'limit: from there on it evicts, the least used first.',
          unit: 'bytes',
          queries: [
            { expr: 'redis_memory_used_bytes', legend: 'used' },
            { expr: 'redis_memory_max_bytes', legend: 'limit' },
          ],
        },
        {
          title: 'Keys found by Redis',
          description: 'Share of lookups, whoever asks.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [{ expr: `${hits} / (${hits} + ${misses})`, legend: 'found' }],
        },
        {
          title: 'Keys that go',
          description: 'expired: their time is over. evicted: for want of memory.',
          unit: 'ops',
          queries: [
            { expr: 'sum(rate(redis_expired_keys_total[$__rate_interval]))', legend: 'expired' },
            { expr: 'sum(rate(redis_evicted_keys_total[$__rate_interval]))', legend: 'evicted' },
          ],
        },
        {
          title: 'Keys in Redis',
          description: 'Of all databases.',
          unit: 'short',
          queries: [{ expr: 'sum(redis_db_keys)', legend: 'keys' }],
        },
        {
          title: 'Clients of Redis',
          description: 'Connections that are open.',
          unit: 'short',
          queries: [{ expr: 'redis_connected_clients', legend: 'clients' }],
        },
      ],
    },
  ],
};
