import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buildDashboard } from './dashboards/build.ts';
import { dashboards } from './dashboards/index.ts';
import { alertGroups } from './rules/alerts/index.ts';
import { alertFile, recordingFile, testFile } from './rules/files.ts';
import { recordingGroups } from './rules/recording.ts';

const files = new Map<string, string>([
  ...recordingGroups.map((group) => [`prometheus/rules/${group.name}.yml`, recordingFile(group)] as const),
  ...alertGroups.map((group) => [`prometheus/rules/${group.name}.yml`, alertFile(group)] as const),
  ...alertGroups.map((group) => [`prometheus/tests/${group.name}.yml`, testFile(group)] as const),
  ...dashboards.map(
    (spec) =>
      [`grafana/dashboards/${spec.uid}.json`, `${JSON.stringify(buildDashboard(spec), undefined, 2)}\n`] as const,
  ),
]);

const root = join(import.meta.dirname, '..');
for (const folder of ['prometheus/rules', 'prometheus/tests', 'grafana/dashboards']) {
  await rm(join(root, folder), { recursive: true, force: true });
  await mkdir(join(root, folder), { recursive: true });
}
for (const [file, text] of files) await writeFile(join(root, file), text);
