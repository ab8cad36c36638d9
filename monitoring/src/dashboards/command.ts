import type { DashboardSpec } from './panel.ts';
import { instances, of, quantile, quantiles, rate, share, sumBy } from './queries.ts';

const bus = 'tributary_command_bus_duration_seconds';

export const command: DashboardSpec = {
  uid: 'tributary-command',
  title: 'The life of a command',
  description: 'From its submission to its outcome, its events and the read model: which step takes the time?',
  variables: [instances],
  rows: [
    {
      title: 'All the way',
      panels: [
        {
          title: 'Each step, p99',
          description:
            'published: the log’s acknowledgement. outcome, visible: from acceptance to the commit, and to where it can be read. delivered: from the log to subscribers.',
          unit: 's',
          width: 12,
          queries: [
            {
              expr: quantile(0.99, 'tributary_log_publish_duration_seconds', {
                matchers: 'topic="products.commands.v1"',
              }),
              legend: 'published',
            },
            { expr: quantile(0.99, 'tributary_writer_command_outcome_seconds'), legend: 'outcome' },
            { expr: quantile(0.99, 'tributary_projector_command_visible_seconds'), legend: 'visible' },
            { expr: quantile(0.99, 'tributary_gateway_subscription_delivery_lag_seconds'), legend: 'delivered' },
          ],
        },
        {
          title: 'Accepted and decided',
          description: 'Commands a second. Where the lines part for long, commands wait in the topic.',
          unit: 'ops',
          width: 12,
          queries: [
            {
              expr: sumBy([], rate('tributary_command_bus_commands_total', 'result=~"ACCEPTED|PENDING|KNOWN"')),
              legend: 'accepted',
            },
            { expr: sumBy([], rate('tributary_writer_outcomes_total')), legend: 'decided' },
            { expr: sumBy([], rate('tributary_projector_command_visible_seconds_count')), legend: 'visible' },
          ],
        },
      ],
    },
    {
      title: 'Submission (products-command)',
      panels: [
        {
          title: 'Submissions by what they came to',
          description:
            'KNOWN: answered with the outcome. PENDING: the outcome did not come in time. ACCEPTED: nobody waited. Others: not taken.',
          unit: 'ops',
          stacked: true,
          queries: [{ expr: sumBy(['result'], rate('tributary_command_bus_commands_total')), legend: '{{result}}' }],
        },
        {
          title: 'Submission to answer',
          description: 'What a mutation takes in products-command, its wait for the outcome included.',
          unit: 's',
          queries: quantiles(bus),
        },
        {
          title: 'Commands that wait',
          description: 'For an acknowledgement or an outcome. At MAX_WAITING_COMMANDS more are refused.',
          unit: 'short',
          queries: [{ expr: of('tributary_command_bus_waiters'), legend: '{{instance}}' }],
        },
      ],
    },
    {
      title: 'Decision (writer)',
      panels: [
        {
          title: 'Acceptance to outcome',
          description: 'From a command’s acceptance to the commit of its outcome. The promise: 99 % within 1 s.',
          unit: 's',
          thresholds: [1, 2.5],
          queries: quantiles('tributary_writer_command_outcome_seconds'),
        },
        {
          title: 'Outcomes',
          description: 'Commands decided a second, by state and code of the refusal. INTERNAL: a dead letter.',
          unit: 'ops',
          stacked: true,
          queries: [
            { expr: sumBy(['state', 'code'], rate('tributary_writer_outcomes_total')), legend: '{{state}} {{code}}' },
          ],
        },
        {
          title: 'Transactions',
          description: 'From the begin to the commit of a batch, its repeats included.',
          unit: 's',
          queries: quantiles('tributary_writer_commit_seconds'),
        },
        {
          title: 'Commands in a transaction',
          description: 'On average. More load makes larger batches before it makes later ones.',
          unit: 'short',
          queries: [
            {
              expr: `${sumBy(['instance'], rate('tributary_consumer_batch_records_sum', 'group="writer"'))} / ${sumBy(['instance'], rate('tributary_consumer_batch_records_count', 'group="writer"'))}`,
              legend: '{{instance}}',
            },
          ],
        },
        {
          title: 'Transactions that ran again',
          description:
            'Share of them, because another writer changed the same first. Some while partitions move, else none.',
          unit: 'percentunit',
          min: 0,
          queries: [
            {
              expr: share(
                sumBy([], rate('tributary_writer_conflicts_total')),
                sumBy([], rate('tributary_writer_commit_seconds_count')),
              ),
              legend: 'again',
            },
          ],
        },
      ],
    },
    {
      title: 'Outbox (writer)',
      panels: [
        {
          title: 'Events that wait for the log',
          description: 'Decided, and not acknowledged by Kafka. At MAX_OUTBOX_BACKLOG writers decide nothing more.',
          unit: 'short',
          queries: [{ expr: `max(${of('tributary_writer_outbox_backlog_records')})`, legend: 'events' }],
        },
        {
          title: 'Oldest of them',
          description: 'How long it has waited. Nobody hears of what was decided since.',
          unit: 's',
          thresholds: [5, 30],
          queries: [{ expr: `max(${of('tributary_writer_outbox_oldest_seconds')})`, legend: 'age' }],
        },
        {
          title: 'Events relayed',
          description: 'memory: by the writer that decided them. table: after a restart, a takeover or a failure.',
          unit: 'ops',
          stacked: true,
          queries: [{ expr: sumBy(['path'], rate('tributary_writer_outbox_relayed_total')), legend: '{{path}}' }],
        },
        {
          title: 'Relays that failed',
          description: 'They are repeated; nothing is lost.',
          unit: 'ops',
          queries: [
            { expr: sumBy(['path'], rate('tributary_writer_outbox_relay_failures_total')), legend: '{{path}}' },
          ],
        },
      ],
    },
    {
      title: 'Projection (projector)',
      panels: [
        {
          title: 'Acceptance to visible',
          description: 'From a command’s acceptance until what it changed can be read. The promise: 99 % within 2.5 s.',
          unit: 's',
          thresholds: [2.5, 5],
          queries: quantiles('tributary_projector_command_visible_seconds'),
        },
        {
          title: 'Decision to effect',
          description: 'From the decision to the effect in read model and cache: outbox, topic and projection.',
          unit: 's',
          queries: quantiles('tributary_projector_delay_seconds'),
        },
        {
          title: 'Reads that wait for a version',
          description: 'Of clients that want to see their own write. Many: the projector is behind.',
          unit: 'short',
          queries: [{ expr: of('tributary_reader_waiting_reads'), legend: '{{instance}}' }],
        },
      ],
    },
  ],
};
