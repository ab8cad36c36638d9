import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { alertGroups } from './alerts/index.ts';
import { promtool, requirePromtool } from './promtool.ts';

const folder = join(import.meta.dirname, '..', '..', 'prometheus');

before(requirePromtool);

test('Prometheus takes its configuration and every rule', async () => {
  const said = await promtool('check', 'config', join(folder, 'prometheus.yml'));
  for (const { name, alerts } of alertGroups)
    assert.match(said, new RegExp(`rules/${name}\\.yml\\n +SUCCESS: ${alerts.length} rules found`));
});

for (const { name } of alertGroups)
  test(`each alert of ${name} fires when it should, and only then`, async () => {
    assert.match(await promtool('test', 'rules', join(folder, 'tests', `${name}.yml`)), /SUCCESS/);
  });
