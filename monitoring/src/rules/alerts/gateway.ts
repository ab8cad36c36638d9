import type { AlertGroup } from '../alert.ts';
import { grown } from '../expressions.ts';

/** What clients are to blame for. */
const CLIENT_CODES = 'BAD_USER_INPUT|BAD_REQUEST|GRAPHQL_.+|NOT_FOUND|OPERATION_RESOLUTION_FAILURE';

export const gatewayAlerts: AlertGroup = {
  name: 'gateway',
  alerts: [
    {
      name: 'HttpFailures',
      expr: 'server:tributary_http_failures:ratio_rate5m > 0.05 and server:tributary_http_requests:rate5m > 0.1',
      for: '2m',
      severity: 'critical',
      summary: '{{ $labels.server }} answers requests with 5xx',
      description: '{{ $value | humanizePercentage }} of its requests within 5 minutes failed.',
      fires: {
        when: 'one in ten fails',
        series: {
          'tributary_http_request_duration_seconds_count{server="gateway", route="/graphql", method="POST", status="2xx"}':
            '0+90x15',
          'tributary_http_request_duration_seconds_count{server="gateway", route="/graphql", method="POST", status="5xx"}':
            '0+10x15',
        },
        notYet: '2m',
        at: '10m',
        alerts: [
          {
            labels: { server: 'gateway' },
            summary: 'gateway answers requests with 5xx',
            description: '10% of its requests within 5 minutes failed.',
          },
        ],
      },
      silent: [
        {
          when: 'clients err',
          series: {
            'tributary_http_request_duration_seconds_count{server="gateway", route="/graphql", method="POST", status="2xx"}':
              '0+60x15',
            'tributary_http_request_duration_seconds_count{server="gateway", route="/graphql", method="POST", status="4xx"}':
              '0+40x15',
          },
          at: '10m',
        },
        {
          when: 'one request of a quiet hour fails',
          series: {
            'tributary_http_request_duration_seconds_count{server="gateway", route="/graphql", method="POST", status="5xx"}':
              '0 0 1x15',
          },
          at: '5m',
        },
      ],
    },
    {
      name: 'SubgraphUnavailable',
      expr: 'subgraph:tributary_gateway_subgraph_unavailable:ratio_rate5m > 0.05',
      for: '2m',
      severity: 'critical',
      summary: 'The gateway does not reach {{ $labels.subgraph }}',
      description:
        '{{ $value | humanizePercentage }} of its requests to {{ $labels.subgraph }} got no answer, repeats included.',
      fires: {
        when: 'half of the requests get no answer',
        series: {
          'tributary_gateway_subgraph_request_duration_seconds_count{subgraph="products-query", outcome="ok"}':
            '0+30x15',
          'tributary_gateway_subgraph_request_duration_seconds_count{subgraph="products-query", outcome="unavailable"}':
            '0+30x15',
        },
        notYet: '2m',
        at: '10m',
        alerts: [
          {
            labels: { subgraph: 'products-query' },
            summary: 'The gateway does not reach products-query',
            description: '50% of its requests to products-query got no answer, repeats included.',
          },
        ],
      },
      silent: [
        {
          when: 'one in a hundred gets no answer',
          series: {
            'tributary_gateway_subgraph_request_duration_seconds_count{subgraph="products-query", outcome="ok"}':
              '0+99x15',
            'tributary_gateway_subgraph_request_duration_seconds_count{subgraph="products-query", outcome="unavailable"}':
              '0+1x15',
          },
          at: '10m',
        },
        {
          when: 'it answers with errors',
          series: {
            'tributary_gateway_subgraph_request_duration_seconds_count{subgraph="products-query", outcome="ok"}':
              '0+30x15',
            'tributary_gateway_subgraph_request_duration_seconds_count{subgraph="products-query", outcome="errors"}':
              '0+30x15',
          },
          at: '10m',
        },
      ],
    },
    {
      name: 'SubgraphErrors',
      expr: [
        `sum by (subgraph, code) (rate(tributary_subgraph_errors_total{code!~"${CLIENT_CODES}"}[5m]))`,
        '  / on (subgraph) group_left () sum by (subgraph) (rate(tributary_subgraph_request_duration_seconds_count[5m])) > 0.02',
      ].join('\n'),
      for: '5m',
      severity: 'warning',
      summary: '{{ $labels.subgraph }} answers {{ $labels.code }}',
      description: 'Of its operations {{ $value | humanizePercentage }} end so, and clients are not to blame for it.',
      fires: {
        when: 'one in ten reads is stale',
        series: {
          'tributary_subgraph_errors_total{subgraph="products-query", code="STALE_READ"}': '0+6x15',
          'tributary_subgraph_request_duration_seconds_count{subgraph="products-query", type="query", result="ok"}':
            '0+54x15',
          'tributary_subgraph_request_duration_seconds_count{subgraph="products-query", type="query", result="errors"}':
            '0+6x15',
        },
        notYet: '5m',
        at: '12m',
        alerts: [
          {
            labels: { subgraph: 'products-query', code: 'STALE_READ' },
            summary: 'products-query answers STALE_READ',
            description: 'Of its operations 10% end so, and clients are not to blame for it.',
          },
        ],
      },
      silent: [
        {
          when: 'clients send nonsense',
          series: {
            'tributary_subgraph_errors_total{subgraph="products-query", code="BAD_USER_INPUT"}': '0+6x15',
            'tributary_subgraph_errors_total{subgraph="products-query", code="GRAPHQL_VALIDATION_FAILED"}': '0+6x15',
            'tributary_subgraph_request_duration_seconds_count{subgraph="products-query", type="query", result="errors"}':
              '0+12x15',
          },
          at: '12m',
        },
        {
          when: 'one in a hundred fails',
          series: {
            'tributary_subgraph_errors_total{subgraph="products-query", code="STALE_READ"}': '0+6x15',
            'tributary_subgraph_request_duration_seconds_count{subgraph="products-query", type="query", result="ok"}':
              '0+600x15',
          },
          at: '12m',
        },
      ],
    },
    {
      name: 'SupergraphRefused',
      expr: `${grown('tributary_gateway_supergraph_loads_total{outcome=~"refused|unreadable"}', { by: ['job', 'instance', 'outcome'], within: '15m' })} > 0`,
      severity: 'warning',
      summary: '{{ $labels.instance }} did not take a new supergraph',
      description: 'It was {{ $labels.outcome }}, so the one before goes on serving there.',
      fires: {
        when: 'one was refused, the first ever',
        series: {
          'tributary_gateway_supergraph_loads_total{job="gateway", instance="gateway:9400", outcome="refused"}':
            '_x5 1x10',
        },
        at: '8m',
        alerts: [
          {
            labels: { job: 'gateway', instance: 'gateway:9400', outcome: 'refused' },
            summary: 'gateway:9400 did not take a new supergraph',
            description: 'It was refused, so the one before goes on serving there.',
          },
        ],
      },
      silent: [
        {
          when: 'one was loaded',
          series: {
            'tributary_gateway_supergraph_loads_total{job="gateway", instance="gateway:9400", outcome="loaded"}':
              '1x5 2x10',
          },
          at: '8m',
        },
        {
          when: 'that was half an hour ago',
          series: {
            'tributary_gateway_supergraph_loads_total{job="gateway", instance="gateway:9400", outcome="refused"}':
              '1x40',
          },
          at: '30m',
        },
      ],
    },
  ],
};
