import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { knownMetrics, typeOfSeries } from '../metrics/known.ts';
import { metricsOf, nodesOf, parse, textOf } from '../promql/parse.ts';
import { unitOf } from '../promql/unit.ts';
import { runbookOf } from './alert.ts';
import { alertGroups } from './alerts/index.ts';
import { recordingGroups } from './recording.ts';

const known = await knownMetrics();
const recordings = new Map(
  recordingGroups.flatMap(({ rules }) => rules).map(({ record, expr }) => [record, expr] as const),
);
const alerts = alertGroups.flatMap((group) => group.alerts);

/** What an expression reads of what is scraped, also through recording rules. */
function scraped(expr: string): string[] {
  return metricsOf(parse(expr)).flatMap((name) => {
    const recorded = recordings.get(name);
    return recorded === undefined ? [name] : scraped(recorded);
  });
}

const rules = [
  ...[...recordings].map(([name, expr]) => ({ name, expr })),
  ...alerts.map(({ name, expr }) => ({ name, expr })),
];

describe('rules', () => {
  for (const { name, expr } of rules)
    test(`${name} reads metrics that there are, each as what it is, and mixes no units`, () => {
      const expression = parse(expr);
      unitOf(expression);
      for (const metric of scraped(expr)) assert(typeOfSeries(known, metric), `nobody has ${metric}`);
      for (const call of nodesOf(expression.root, 'FunctionCall')) {
        if (!/^(rate|irate|increase)\b/.test(textOf(expression, call))) continue;
        for (const metric of metricsOf(expression, call))
          assert.notEqual(typeOfSeries(known, metric), 'gauge', `${metric} is a gauge`);
      }
    });

  test('are named once each', () => {
    const names = rules.map(({ name }) => name);
    assert.deepEqual(names, [...new Set(names)]);
  });
});

describe('alerts', () => {
  test('that wait before they fire are tested to wait', () => {
    for (const { name, for: wait, fires } of alerts) assert.equal(fires.notYet !== undefined, wait !== undefined, name);
  });

  for (const { name, expr, fires, silent } of alerts)
    test(`the cases of ${name} are about what it reads`, () => {
      const reads = scraped(expr);
      for (const { when, series } of [fires, ...silent]) {
        const given = Object.keys(series).map((each) => metricsOf(parse(each))[0] as string);
        for (const metric of given) assert(reads.includes(metric), `${when}: ${metric}`);
      }
    });
});

describe('runbooks', async () => {
  const page = await readFile(join(import.meta.dirname, '..', '..', '..', 'docs', 'operations.md'), 'utf8');
  const start = page.indexOf('\n## Alerts\n');
  assert(start >= 0);
  const end = page.indexOf('\n## ', start + 1);
  const sections = new Map(
    page
      .slice(start, end < 0 ? undefined : end)
      .split(/^### /m)
      .slice(1)
      .map((section) => [section.slice(0, section.indexOf('\n')).trim(), section] as const),
  );

  for (const alert of alerts)
    test(`of ${alert.name}: what it means, how to look, what to do`, () => {
      const section = sections.get(alert.name);
      assert(section, `no "### ${alert.name}" in docs/operations.md`);
      assert.equal(runbookOf(alert), `docs/operations.md#${alert.name.toLowerCase()}`);
      for (const part of ['Means', 'Look', 'Do'])
        assert.match(section, new RegExp(`^\\*\\*${part}\\*\\*: \\S.{20,}`, 'm'), `${alert.name}: ${part}`);
    });

  test('are of alerts that there are', () => {
    const names = alerts.map(({ name }) => name);
    assert.deepEqual(
      [...sections.keys()].filter((name) => !names.includes(name)),
      [],
    );
  });
});
