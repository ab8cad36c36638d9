import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Dashboard, Panel, RowPanel } from '@grafana/grafana-foundation-sdk/dashboard';
import { buildDashboard } from './build.ts';
import { dashboards } from './index.ts';

const grafana = join(import.meta.dirname, '..', '..', 'grafana');
const datasources = await readFile(join(grafana, 'provisioning', 'datasources', 'datasources.yml'), 'utf8');

interface Place {
  x: number;
  y: number;
  w: number;
  h: number;
}

function places(dashboard: Dashboard): (Place & { title: string })[] {
  return (dashboard.panels ?? []).map((panel: Panel | RowPanel) => ({
    title: panel.title ?? '',
    ...(panel.gridPos as Place),
  }));
}

for (const spec of dashboards)
  describe(spec.title, () => {
    const dashboard = buildDashboard(spec);

    test('what is committed is what its code makes', async () => {
      const committed = await readFile(join(grafana, 'dashboards', `${spec.uid}.json`), 'utf8');
      assert.deepEqual(JSON.parse(committed), JSON.parse(JSON.stringify(dashboard)));
    });

    test('panels lie beside each other, each with an id of its own', () => {
      const all = places(dashboard);
      for (const [index, a] of all.entries()) {
        assert(a.x + a.w <= 24, a.title);
        for (const b of all.slice(index + 1))
          assert(
            a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y,
            `${a.title} lies on ${b.title}`,
          );
      }
      const ids = (dashboard.panels ?? []).map(({ id }) => id);
      assert.deepEqual(ids, [...new Set(ids)]);
    });

    test('asks only sources that Grafana is given', () => {
      const asked = new Set([...JSON.stringify(dashboard).matchAll(/"uid":"([a-z]+)"/g)].map(([, uid]) => uid));
      assert(asked.size > 0);
      for (const uid of asked) assert.match(datasources, new RegExp(`^    uid: ${uid}$`, 'm'));
    });
  });
