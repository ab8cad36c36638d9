import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { knownMetrics, typeOfSeries } from '../metrics/known.ts';
import { type Expression, metricsOf, nodesOf, parse, textOf } from '../promql/parse.ts';
import { type Unit, unitOf } from '../promql/unit.ts';
import { recordingGroups } from '../rules/recording.ts';
import { dashboards } from './index.ts';
import type { PanelUnit } from './panel.ts';
import { filledIn } from './variables.ts';

const known = await knownMetrics();
const recorded = new Set(recordingGroups.flatMap(({ rules }) => rules).map(({ record }) => record));

/** What Prometheus makes of alerts by itself. */
const OWN = 'ALERTS';

const panelUnits: Readonly<Record<Unit, readonly PanelUnit[]>> = {
  seconds: ['s'],
  bytes: ['bytes'],
  'bytes/s': ['binBps'],
  ratio: ['percentunit'],
  count: ['short'],
  'count/s': ['reqps', 'ops', 'cps'],
  number: [],
};

/** Of one metric by another it may also be so many each, rather than a share. */
function unitsFor(expression: Expression): readonly PanelUnit[] {
  const unit = unitOf(expression);
  const isPerOther = unit === 'ratio' && new Set(metricsOf(expression)).size > 1;
  return isPerOther ? [...panelUnits.ratio, 'short'] : panelUnits[unit];
}

test('dashboards are named once each, and short enough to be found by', () => {
  const uids = dashboards.map(({ uid }) => uid);
  assert.deepEqual(uids, [...new Set(uids)]);
  for (const uid of uids) assert.match(uid, /^[a-z-]{1,40}$/);
});

for (const { title, variables, rows, description } of dashboards)
  describe(title, () => {
    const panels = rows.flatMap((row) => row.panels);

    test('says what it is for, and each panel once what it shows', () => {
      assert(description.length > 20);
      const titles = panels.map((panel) => panel.title);
      assert.deepEqual(titles, [...new Set(titles)]);
      for (const panel of panels) assert(panel.description.length > 15, panel.title);
    });

    test('asks for no variable that it does not have, and has none that it does not ask for', () => {
      const asked = new Set(
        panels.flatMap(({ queries }) =>
          queries.flatMap(({ expr }) => [...expr.matchAll(/\$(\w+)/g)].map(([, name]) => name)),
        ),
      );
      asked.delete('__rate_interval');
      assert.deepEqual(
        [...asked],
        variables.map(({ name }) => name),
      );
    });

    for (const panel of panels)
      test(`${panel.title}: reads metrics that there are, in their unit, and names each series`, () => {
        for (const { expr, legend } of panel.queries) {
          const expression = parse(filledIn(expr));
          for (const metric of metricsOf(expression))
            assert(metric === OWN || recorded.has(metric) || typeOfSeries(known, metric), `nobody has ${metric}`);
          for (const call of nodesOf(expression.root, 'FunctionCall')) {
            if (!/^(rate|irate|increase)\b/.test(textOf(expression, call))) continue;
            for (const metric of metricsOf(expression, call))
              assert.notEqual(typeOfSeries(known, metric), 'gauge', `${metric} is a gauge`);
          }
          const units = unitsFor(expression);
          assert(units.includes(panel.unit), `${expr} is in ${units.join(' or ')}, not ${panel.unit}`);
          assert(legend.trim().length > 0, expr);
        }
        const legends = panel.queries.map(({ legend }) => legend);
        assert.deepEqual(legends, [...new Set(legends)]);
      });
  });
