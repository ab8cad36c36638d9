import { SERVICES } from '../rules/expressions.ts';
import { lateRatio, objectives } from '../rules/slo.ts';
import type { DashboardSpec } from './panel.ts';
import { share, sumBy } from './queries.ts';

const [latency, freshness] = objectives;
const http = 'tributary_http_request_duration_seconds';
const operations = 'tributary_gateway_operation_duration_seconds';
const subgraphs = 'tributary_gateway_subgraph_request_duration_seconds';
const grpcServer = 'tributary_grpc_server_duration_seconds';
const grpcClient = 'tributary_grpc_client_duration_seconds';

const rate = (metric: string, matchers = '') => `rate(${metric}${matchers && `{${matchers}}`}[$__rate_interval])`;
const p99 = (histogram: string, by: readonly string[]) =>
  `histogram_quantile(0.99, ${sumBy(['le', ...by], rate(`${histogram}_bucket`))})`;
const p50 = (histogram: string, by: readonly string[]) =>
  `histogram_quantile(0.5, ${sumBy(['le', ...by], rate(`${histogram}_bucket`))})`;

export const overview: DashboardSpec = {
  uid: 'tributary-overview',
  title: 'Overview',
  description: 'Is all well, and where not? Rate, errors and duration of whatever is asked.',
  variables: [],
  rows: [
    {
      title: 'Is all well?',
      panels: [
        {
          title: 'Commands late (1 h)',
          description: `Share of the last hour's commands without an outcome within ${latency.withinSeconds} s. Promised: at most 1 %.`,
          unit: 'percentunit',
          kind: 'stat',
          thresholds: [0.01, 0.06],
          queries: [{ expr: lateRatio(latency, '1h'), legend: 'late' }],
        },
        {
          title: 'Changes late (1 h)',
          description: `Share of the last hour's changes that could not be read within ${freshness.withinSeconds} s of their command's acceptance. Promised: at most 1 %.`,
          unit: 'percentunit',
          kind: 'stat',
          thresholds: [0.01, 0.06],
          queries: [{ expr: lateRatio(freshness, '1h'), legend: 'late' }],
        },
        {
          title: 'Requests that fail',
          description: 'Share of requests that the gateway answers with 5xx.',
          unit: 'percentunit',
          kind: 'stat',
          thresholds: [0.01, 0.05],
          queries: [{ expr: 'server:tributary_http_failures:ratio_rate5m{server="gateway"}', legend: '5xx' }],
        },
        {
          title: 'Furthest behind',
          description: 'How long the record has waited that the slowest consumer handles next.',
          unit: 's',
          kind: 'stat',
          thresholds: [5, 30],
          queries: [{ expr: 'max(topic_group:tributary_consumer_lag_seconds:max)', legend: 'lag' }],
        },
        {
          title: 'Processes that do not answer',
          description: 'Of those that Prometheus knows of: services and exporters.',
          unit: 'short',
          kind: 'stat',
          thresholds: [1, 2],
          queries: [{ expr: 'sum(up == bool 0)', legend: 'down' }],
        },
        {
          title: 'Alerts',
          description: 'How many fire, by severity. Each names its runbook.',
          unit: 'short',
          kind: 'stat',
          thresholds: [1, 2],
          queries: [
            {
              expr: 'sum(ALERTS{alertstate="firing", severity="critical"}) or vector(0)',
              legend: 'critical',
            },
            { expr: 'sum(ALERTS{alertstate="firing", severity="warning"}) or vector(0)', legend: 'warning' },
          ],
        },
      ],
    },
    {
      title: 'HTTP, by route',
      panels: [
        {
          title: 'Requests',
          description: 'Requests a second, by server and route. A subscription counts when it has begun.',
          unit: 'reqps',
          queries: [{ expr: sumBy(['server', 'route'], rate(`${http}_count`)), legend: '{{server}} {{route}}' }],
        },
        {
          title: 'Answers that are errors',
          description: '4xx: clients erred. 5xx: we did.',
          unit: 'reqps',
          queries: [
            {
              expr: sumBy(['server', 'route', 'status'], rate(`${http}_count`, 'status=~"4xx|5xx"')),
              legend: '{{server}} {{route}} {{status}}',
            },
          ],
        },
        {
          title: 'Duration, p99',
          description: 'What one request in a hundred takes at least. Mutations wait for their outcome.',
          unit: 's',
          queries: [{ expr: p99(http, ['server', 'route']), legend: '{{server}} {{route}}' }],
        },
      ],
    },
    {
      title: 'GraphQL, by operation',
      panels: [
        {
          title: 'Operations',
          description: 'Operations a second by type and name; beyond the first hundred names: other.',
          unit: 'ops',
          queries: [
            { expr: sumBy(['type', 'operation'], rate(`${operations}_count`)), legend: '{{type}} {{operation}}' },
          ],
        },
        {
          title: 'Operations with errors',
          description: 'Share of operations whose answer has errors, clients’ own included.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          queries: [
            {
              expr: share(
                sumBy(['type', 'operation'], rate(`${operations}_count`, 'outcome="errors"')),
                sumBy(['type', 'operation'], rate(`${operations}_count`)),
              ),
              legend: '{{type}} {{operation}}',
            },
          ],
        },
        {
          title: 'Duration of operations, p99',
          description: 'What one operation in a hundred takes at least.',
          unit: 's',
          queries: [{ expr: p99(operations, ['type', 'operation']), legend: '{{type}} {{operation}}' }],
        },
      ],
    },
    {
      title: 'Subgraphs, as the gateway sees them',
      panels: [
        {
          title: 'Requests to subgraphs',
          description: 'Requests a second, repeats not counted.',
          unit: 'reqps',
          queries: [{ expr: sumBy(['subgraph'], rate(`${subgraphs}_count`)), legend: '{{subgraph}}' }],
        },
        {
          title: 'Requests without a good answer',
          description: 'errors: an answer with errors. unavailable: none, after repeats.',
          unit: 'reqps',
          queries: [
            {
              expr: sumBy(['subgraph', 'outcome'], rate(`${subgraphs}_count`, 'outcome!="ok"')),
              legend: '{{subgraph}} {{outcome}}',
            },
          ],
        },
        {
          title: 'Duration of subgraph requests',
          description: 'Repeats included. products-command waits for outcomes.',
          unit: 's',
          queries: [
            { expr: p50(subgraphs, ['subgraph']), legend: '{{subgraph}} p50' },
            { expr: p99(subgraphs, ['subgraph']), legend: '{{subgraph}} p99' },
          ],
        },
        {
          title: 'Errors of subgraphs, by code',
          description: 'GraphQL errors that the subgraphs answer. BAD_USER_INPUT: clients erred.',
          unit: 'cps',
          queries: [
            {
              expr: sumBy(['subgraph', 'code'], rate('tributary_subgraph_errors_total')),
              legend: '{{subgraph}} {{code}}',
            },
          ],
        },
        {
          title: 'Supergraphs loaded',
          description: 'How many each gateway has loaded since its start. Replicas should agree on the digest.',
          unit: 'short',
          queries: [{ expr: 'tributary_gateway_supergraph_generation', legend: '{{instance}} {{digest}}' }],
        },
        {
          title: 'Requests within subgraphs, p99',
          description: 'The subgraphs’ own view, by type of operation: the rest of the time is the way there.',
          unit: 's',
          queries: [
            {
              expr: p99('tributary_subgraph_request_duration_seconds', ['subgraph', 'type']),
              legend: '{{subgraph}} {{type}}',
            },
          ],
        },
      ],
    },
    {
      title: 'gRPC, by method',
      panels: [
        {
          title: 'Calls',
          description: 'Calls a second, as servers see them.',
          unit: 'reqps',
          queries: [
            { expr: sumBy(['service', 'method'], rate(`${grpcServer}_count`)), legend: '{{service}}/{{method}}' },
          ],
        },
        {
          title: 'Calls that fail',
          description: 'By status code, as callers see them: repeats included. NOT_FOUND and the like are answers too.',
          unit: 'reqps',
          queries: [
            {
              expr: sumBy(['service', 'method', 'code'], rate(`${grpcClient}_count`, 'code!="OK"')),
              legend: '{{service}}/{{method}} {{code}}',
            },
          ],
        },
        {
          title: 'Duration of calls, p99',
          description: 'As the server and as the caller sees it. Reads with a version wait for it.',
          unit: 's',
          queries: [
            { expr: p99(grpcServer, ['service', 'method']), legend: '{{service}}/{{method}} server' },
            { expr: p99(grpcClient, ['service', 'method']), legend: '{{service}}/{{method}} caller' },
          ],
        },
      ],
    },
    {
      title: 'Processes',
      panels: [
        {
          title: 'CPU by service',
          description: 'Cores in use: 1 is one core. A Node process has hardly more than one to use.',
          unit: 'percentunit',
          queries: [
            {
              expr: `sum by (job) (rate(process_cpu_seconds_total{job=~"${SERVICES}"}[$__rate_interval]))`,
              legend: '{{job}}',
            },
          ],
        },
        {
          title: 'Memory by service',
          description: 'Resident memory of all processes of a service.',
          unit: 'bytes',
          queries: [{ expr: `sum by (job) (process_resident_memory_bytes{job=~"${SERVICES}"})`, legend: '{{job}}' }],
        },
        {
          title: 'Processes that answer',
          description: 'By service, whether ready or not.',
          unit: 'short',
          min: 0,
          queries: [{ expr: `sum by (job) (up{job=~"${SERVICES}"})`, legend: '{{job}}' }],
        },
      ],
    },
  ],
};
