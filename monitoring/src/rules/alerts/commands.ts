import type { AlertGroup } from '../alert.ts';

const submitted = 'tributary_command_bus_commands_total';

export const commandAlerts: AlertGroup = {
  name: 'commands',
  alerts: [
    {
      name: 'CommandsRefused',
      expr: [
        `sum by (result) (rate(${submitted}{result!~"ACCEPTED|PENDING|KNOWN|TOO_LARGE"}[5m]))`,
        `  / ignoring (result) group_left () sum(rate(${submitted}[5m])) > 0.05`,
      ].join('\n'),
      for: '2m',
      severity: 'critical',
      summary: 'Commands are not taken: {{ $labels.result }}',
      description:
        '{{ $value | humanizePercentage }} of the commands that clients send come to nothing, or to nothing that is known.',
      fires: {
        when: 'the log does not acknowledge one in ten',
        series: {
          [`${submitted}{job="products-command", topic="products.commands.v1", result="KNOWN"}`]: '0+54x15',
          [`${submitted}{job="products-command", topic="products.commands.v1", result="COMMAND_NOT_CONFIRMED"}`]:
            '0+6x15',
        },
        notYet: '2m',
        at: '10m',
        alerts: [
          {
            labels: { result: 'COMMAND_NOT_CONFIRMED' },
            summary: 'Commands are not taken: COMMAND_NOT_CONFIRMED',
            description: '10% of the commands that clients send come to nothing, or to nothing that is known.',
          },
        ],
      },
      silent: [
        {
          when: 'one in a hundred is refused',
          series: {
            [`${submitted}{job="products-command", topic="products.commands.v1", result="KNOWN"}`]: '0+99x15',
            [`${submitted}{job="products-command", topic="products.commands.v1", result="UNAVAILABLE"}`]: '0+1x15',
          },
          at: '10m',
        },
        {
          when: 'outcomes are late, or clients send too much at once',
          series: {
            [`${submitted}{job="products-command", topic="products.commands.v1", result="KNOWN"}`]: '0+54x15',
            [`${submitted}{job="products-command", topic="products.commands.v1", result="PENDING"}`]: '0+6x15',
            [`${submitted}{job="products-command", topic="products.commands.v1", result="TOO_LARGE"}`]: '0+60x15',
          },
          at: '10m',
        },
      ],
    },
    {
      name: 'CommandsNotDecided',
      expr: 'tributary:commands_accepted:rate5m > 0 unless on () tributary:commands_decided:rate5m > 0',
      for: '2m',
      severity: 'critical',
      summary: 'Commands are accepted and not decided',
      description: 'Commands come in, {{ $value | humanize }} a second, and for 5 minutes no writer has decided one.',
      fires: {
        when: 'writers do nothing',
        series: {
          [`${submitted}{job="products-command", topic="products.commands.v1", result="PENDING"}`]: '0+60x15',
          'tributary_writer_outcomes_total{job="writer", state="COMMITTED", code=""}': '5000x15',
        },
        notYet: '2m',
        at: '12m',
        alerts: [
          {
            summary: 'Commands are accepted and not decided',
            description: 'Commands come in, 1 a second, and for 5 minutes no writer has decided one.',
          },
        ],
      },
      silent: [
        {
          when: 'they are decided, though slowly',
          series: {
            [`${submitted}{job="products-command", topic="products.commands.v1", result="PENDING"}`]: '0+60x15',
            'tributary_writer_outcomes_total{job="writer", state="COMMITTED", code=""}': '0+1x15',
          },
          at: '12m',
        },
        {
          when: 'nobody sends any',
          series: {
            [`${submitted}{job="products-command", topic="products.commands.v1", result="KNOWN"}`]: '100x15',
            'tributary_writer_outcomes_total{job="writer", state="COMMITTED", code=""}': '100x15',
          },
          at: '12m',
        },
      ],
    },
    {
      name: 'NoCommandsDespiteMutations',
      expr: [
        'sum(rate(tributary_gateway_operation_duration_seconds_count{type="mutation"}[10m])) > 0.1',
        `unless on () sum(rate(${submitted}[10m])) > 0`,
      ].join('\n'),
      for: '5m',
      severity: 'warning',
      summary: 'Mutations come, and no command is made of them',
      description:
        '{{ $value | humanize }} mutations a second reach the gateways, and for 10 minutes none became a command.',
      fires: {
        when: 'no mutation becomes a command',
        series: {
          'tributary_gateway_operation_duration_seconds_count{job="gateway", type="mutation", operation="Create", outcome="errors"}':
            '0+60x30',
        },
        notYet: '4m',
        at: '20m',
        alerts: [
          {
            summary: 'Mutations come, and no command is made of them',
            description: '1 mutations a second reach the gateways, and for 10 minutes none became a command.',
          },
        ],
      },
      silent: [
        {
          when: 'they become commands',
          series: {
            'tributary_gateway_operation_duration_seconds_count{job="gateway", type="mutation", operation="Create", outcome="ok"}':
              '0+60x30',
            [`${submitted}{job="products-command", topic="products.commands.v1", result="KNOWN"}`]: '0+60x30',
          },
          at: '20m',
        },
        {
          when: 'somebody tries a mutation now and then',
          series: {
            'tributary_gateway_operation_duration_seconds_count{job="gateway", type="mutation", operation="Create", outcome="errors"}':
              '0+1x30',
          },
          at: '20m',
        },
        {
          when: 'clients only read',
          series: {
            'tributary_gateway_operation_duration_seconds_count{job="gateway", type="query", operation="Search", outcome="ok"}':
              '0+60x30',
          },
          at: '20m',
        },
      ],
    },
    {
      name: 'OutboxOld',
      expr: 'max(tributary_writer_outbox_oldest_seconds) > 30',
      for: '1m',
      severity: 'critical',
      summary: 'Decided events do not reach the log',
      description:
        'The oldest event in the outbox has waited {{ $value | humanizeDuration }}: nobody sees what was decided since.',
      fires: {
        when: 'the relay stands',
        series: {
          'tributary_writer_outbox_oldest_seconds{job="writer", instance="writer:9403"}': '0+60x10',
          'tributary_writer_outbox_oldest_seconds{job="writer", instance="writer-2:9403"}': '0+60x10',
        },
        notYet: '1m',
        at: '5m',
        alerts: [
          {
            summary: 'Decided events do not reach the log',
            description: 'The oldest event in the outbox has waited 5m 0s: nobody sees what was decided since.',
          },
        ],
      },
      silent: [
        {
          when: 'the log is slow',
          series: { 'tributary_writer_outbox_oldest_seconds{job="writer", instance="writer:9403"}': '3x10' },
          at: '5m',
        },
        {
          when: 'the broker was away for a moment',
          series: {
            'tributary_writer_outbox_oldest_seconds{job="writer", instance="writer:9403"}': '0 5 20 0x10',
          },
          at: '5m',
        },
      ],
    },
    {
      name: 'OutboxBacklog',
      expr: 'max(tributary_writer_outbox_backlog_records) > 10000',
      for: '2m',
      severity: 'warning',
      summary: 'More is decided than is told to the log',
      description:
        '{{ $value | humanize }} events wait in the outbox. From MAX_OUTBOX_BACKLOG (100,000) on writers decide nothing more.',
      fires: {
        when: 'it grows',
        series: { 'tributary_writer_outbox_backlog_records{job="writer", instance="writer:9403"}': '0+5000x10' },
        notYet: '4m',
        at: '8m',
        alerts: [
          {
            summary: 'More is decided than is told to the log',
            description:
              '40k events wait in the outbox. From MAX_OUTBOX_BACKLOG (100,000) on writers decide nothing more.',
          },
        ],
      },
      silent: [
        {
          when: 'there is always something in it',
          series: { 'tributary_writer_outbox_backlog_records{job="writer", instance="writer:9403"}': '500x10' },
          at: '8m',
        },
        {
          when: 'a burst passes',
          series: { 'tributary_writer_outbox_backlog_records{job="writer", instance="writer:9403"}': '0 20000 0x10' },
          at: '4m',
        },
      ],
    },
    {
      name: 'WriterConflicts',
      expr: 'sum(rate(tributary_writer_conflicts_total[5m])) / sum(rate(tributary_writer_commit_seconds_count[5m])) > 0.2',
      for: '10m',
      severity: 'warning',
      summary: 'Writers get in each other’s way',
      description:
        'Of the transactions {{ $value | humanizePercentage }} run again, because another writer changed the same first.',
      fires: {
        when: 'every second transaction is repeated',
        series: {
          'tributary_writer_conflicts_total{job="writer", instance="writer:9403"}': '0+30x20',
          'tributary_writer_commit_seconds_count{job="writer", instance="writer:9403"}': '0+60x20',
        },
        notYet: '8m',
        at: '18m',
        alerts: [
          {
            summary: 'Writers get in each other’s way',
            description: 'Of the transactions 50% run again, because another writer changed the same first.',
          },
        ],
      },
      silent: [
        {
          when: 'one in twenty is repeated',
          series: {
            'tributary_writer_conflicts_total{job="writer", instance="writer:9403"}': '0+3x20',
            'tributary_writer_commit_seconds_count{job="writer", instance="writer:9403"}': '0+60x20',
          },
          at: '18m',
        },
        {
          when: 'a few are repeated while partitions move',
          series: {
            'tributary_writer_conflicts_total{job="writer", instance="writer:9403"}': '0+30x3 90x20',
            'tributary_writer_commit_seconds_count{job="writer", instance="writer:9403"}': '0+60x24',
          },
          at: '18m',
        },
      ],
    },
  ],
};
