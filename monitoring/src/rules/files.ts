import { type Alert, type AlertGroup, runbookOf, type SilentCase } from './alert.ts';
import { type RecordingGroup, recordingGroups } from './recording.ts';
import { toYaml, type Yaml } from './yaml.ts';

const MADE = '# Made by `npm run generate` from monitoring/src/rules; change it there.\n';

export function recordingFile({ name, rules }: RecordingGroup): string {
  return MADE + toYaml({ groups: [{ name, rules: rules.map(({ record, expr }) => ({ record, expr })) }] });
}

export function alertFile({ name, alerts }: AlertGroup): string {
  const rules = alerts.map((alert) => ({
    alert: alert.name,
    expr: alert.expr,
    for: alert.for,
    labels: labelsOf(alert),
    annotations: annotationsOf(alert, alert),
  }));
  return MADE + toYaml({ groups: [{ name, rules }] });
}

/** What `promtool test rules` runs: of each alert that it fires, and that it does not. */
export function testFile({ name, alerts }: AlertGroup): string {
  const files = [...recordingGroups.map((group) => group.name), name];
  return (
    MADE +
    toYaml({
      rule_files: files.map((file) => `../rules/${file}.yml`),
      evaluation_interval: '1m',
      // Alerts after the rules that they are made of; else they would see those of a minute ago.
      group_eval_order: files,
      tests: alerts.flatMap((alert) => [
        firing(alert),
        ...alert.silent.map((silent) => test(alert, silent, 'is silent', [])),
      ]),
    })
  );
}

function firing(alert: Alert): Yaml {
  const { alerts, notYet } = alert.fires;
  const expected = alerts.map((fired) => ({
    exp_labels: { ...labelsOf(alert), ...fired.labels },
    exp_annotations: annotationsOf(alert, fired),
  }));
  const waiting = notYet === undefined ? [] : [{ eval_time: notYet, alertname: alert.name, exp_alerts: [] }];
  return test(alert, alert.fires, 'fires', expected, waiting);
}

function test(
  alert: Alert,
  { when, series, at }: SilentCase,
  what: string,
  expected: Yaml,
  before: readonly Yaml[] = [],
): Yaml {
  return {
    name: `${alert.name} ${what} when ${when}`,
    interval: '1m',
    input_series: Object.entries(series).map(([series, values]) => ({ series, values })),
    alert_rule_test: [...before, { eval_time: at, alertname: alert.name, exp_alerts: expected }],
  };
}

function labelsOf({ severity, labels }: Alert): Record<string, string> {
  return { severity, ...labels };
}

function annotationsOf(alert: Alert, { summary, description }: { summary: string; description: string }): Yaml {
  return { summary, description, runbook: runbookOf(alert) };
}
