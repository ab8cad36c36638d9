import type { DashboardSpec } from './panel.ts';
import { instances, of, quantile, quantiles, rate, sumBy } from './queries.ts';

const consumer = ['topic', 'group'] as const;
const legend = '{{group}}';

export const log: DashboardSpec = {
  uid: 'tributary-log',
  title: 'Kafka and lag',
  description: 'What is published to the topics, and how far those who read them are.',
  variables: [instances],
  rows: [
    {
      title: 'Lag',
      panels: [
        {
          title: 'Lag in seconds',
          description:
            'How long the oldest record has waited that is not handled, in the worst partition of each group.',
          unit: 's',
          thresholds: [5, 30],
          queries: [
            { expr: `max by (topic, group) (${of('tributary_consumer_lag_seconds')})`, legend: '{{group}} {{topic}}' },
          ],
        },
        {
          title: 'Lag in seconds, by partition',
          description: 'One partition that stands out: a product that everybody changes, or a replica that stalls.',
          unit: 's',
          queries: [
            {
              expr: `max by (group, partition) (${of('tributary_consumer_lag_seconds')})`,
              legend: '{{group}} {{partition}}',
            },
          ],
        },
        {
          title: 'Lag in records',
          description: 'Records that are not handled, of all partitions.',
          unit: 'short',
          queries: [{ expr: sumBy(consumer, of('tributary_consumer_lag_records')), legend: '{{group}} {{topic}}' }],
        },
      ],
    },
    {
      title: 'Consuming',
      panels: [
        {
          title: 'Records handled',
          description: 'A second, by process: its share of the partitions.',
          unit: 'ops',
          queries: [
            {
              expr: sumBy([...consumer, 'instance'], rate('tributary_consumer_records_total')),
              legend: '{{group}} {{instance}}',
            },
          ],
        },
        {
          title: 'Records in a batch',
          description: 'On average, and the largest one in a hundred. A batch is one transaction of the writer.',
          unit: 'short',
          queries: [
            {
              expr: `${sumBy(consumer, rate('tributary_consumer_batch_records_sum'))} / ${sumBy(consumer, rate('tributary_consumer_batch_records_count'))}`,
              legend: '{{group}} average',
            },
            { expr: quantile(0.99, 'tributary_consumer_batch_records', { by: consumer }), legend: '{{group}} p99' },
          ],
        },
        {
          title: 'Duration of a batch',
          description: 'Failed ones included. Slow batches: the group’s store is slow.',
          unit: 's',
          queries: quantiles('tributary_consumer_batch_seconds', { by: ['group'] }),
        },
        {
          title: 'Batches that failed',
          description: 'They come again after a pause. Without end: an outage, or a defect.',
          unit: 'ops',
          queries: [{ expr: sumBy(consumer, rate('tributary_consumer_failures_total')), legend }],
        },
        {
          title: 'Dead letters',
          description: 'Records that were set aside since the processes started: `npm run ops -- dead-letters list`.',
          unit: 'short',
          thresholds: [1, 10],
          queries: [{ expr: sumBy(consumer, of('tributary_consumer_dead_letters_total')), legend }],
        },
        {
          title: 'Records lost',
          description: 'Deleted by Kafka before the group had handled them, since the processes started.',
          unit: 'short',
          thresholds: [1, 10],
          queries: [{ expr: sumBy(consumer, of('tributary_consumer_lost_records_total')), legend }],
        },
        {
          title: 'Events that products-command cannot read',
          description: 'Since its start. Another version writes what this one does not know, or nonsense.',
          unit: 'short',
          thresholds: [1, 10],
          queries: [
            {
              expr: sumBy(['topic', 'instance'], of('tributary_command_bus_unreadable_records_total')),
              legend: '{{instance}}',
            },
          ],
        },
      ],
    },
    {
      title: 'Publishing',
      panels: [
        {
          title: 'Records published',
          description: 'Acknowledged by the log, a second. One command makes one event.',
          unit: 'ops',
          queries: [{ expr: sumBy(['topic'], rate('tributary_log_published_records_total')), legend: '{{topic}}' }],
        },
        {
          title: 'Publishing, p50 and p99',
          description: 'From sending to the acknowledgement of all replicas.',
          unit: 's',
          queries: [
            {
              expr: quantile(0.5, 'tributary_log_publish_duration_seconds', { by: ['topic'] }),
              legend: '{{topic}} p50',
            },
            {
              expr: quantile(0.99, 'tributary_log_publish_duration_seconds', { by: ['topic'] }),
              legend: '{{topic}} p99',
            },
          ],
        },
        {
          title: 'Publishing that failed',
          description: 'By what was told: UNAVAILABLE, nothing was sent; NOT_CONFIRMED, it may have been taken.',
          unit: 'ops',
          queries: [
            {
              expr: sumBy(['topic', 'outcome'], rate('tributary_log_publish_duration_seconds_count', 'outcome!="OK"')),
              legend: '{{topic}} {{outcome}}',
            },
          ],
        },
      ],
    },
  ],
};
