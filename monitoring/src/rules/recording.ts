import { objectiveRules, objectives } from './slo.ts';

export interface RecordingRule {
  /** `level:metric:operation`. */
  readonly record: string;
  readonly expr: string;
}

export interface RecordingGroup {
  /** Also the name of its file. */
  readonly name: string;
  readonly rules: readonly RecordingRule[];
}

/** What alerts and dashboards both ask, so that they mean the same. */
export const recordingGroups: readonly RecordingGroup[] = [
  { name: 'recording-objectives', rules: objectives.flatMap(objectiveRules) },
  {
    name: 'recording-red',
    rules: [
      {
        record: 'server:tributary_http_requests:rate5m',
        expr: 'sum by (server) (rate(tributary_http_request_duration_seconds_count[5m]))',
      },
      {
        record: 'server:tributary_http_failures:ratio_rate5m',
        expr: [
          '(sum by (server) (rate(tributary_http_request_duration_seconds_count{status="5xx"}[5m]))',
          '  or 0 * server:tributary_http_requests:rate5m)',
          '  / server:tributary_http_requests:rate5m',
        ].join('\n'),
      },
      {
        record: 'subgraph:tributary_gateway_subgraph_unavailable:ratio_rate5m',
        expr: [
          '(sum by (subgraph) (rate(tributary_gateway_subgraph_request_duration_seconds_count{outcome="unavailable"}[5m]))',
          '  or 0 * sum by (subgraph) (rate(tributary_gateway_subgraph_request_duration_seconds_count[5m])))',
          '  / sum by (subgraph) (rate(tributary_gateway_subgraph_request_duration_seconds_count[5m]))',
        ].join('\n'),
      },
    ],
  },
  {
    name: 'recording-commands',
    rules: [
      {
        record: 'tributary:commands_accepted:rate5m',
        expr: 'sum(rate(tributary_command_bus_commands_total{result=~"ACCEPTED|PENDING|KNOWN"}[5m]))',
      },
      {
        record: 'tributary:commands_decided:rate5m',
        expr: 'sum(rate(tributary_writer_outcomes_total[5m]))',
      },
      {
        record: 'topic_group:tributary_consumer_lag_seconds:max',
        expr: 'max by (topic, group) (tributary_consumer_lag_seconds)',
      },
      {
        record: 'topic_group:tributary_consumer_lag_records:sum',
        expr: 'sum by (topic, group) (tributary_consumer_lag_records)',
      },
    ],
  },
];
