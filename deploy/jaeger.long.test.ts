import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEnginesConfig } from '@tributary/engines';
import { installJaeger } from '../engines/src/jaeger-install.ts';
import { toStderr } from '../engines/src/report.ts';
import { run } from '../engines/src/run.ts';
import { root } from './compose-model.ts';

test('Jaeger itself takes the configuration of its container', async () => {
  const jaeger = await installJaeger(readEnginesConfig(process.env).cacheFolder, toStderr);
  const file = join(root, 'deploy', 'jaeger.yml');
  const { ok, output } = await run(jaeger, ['validate', '--config', file]);
  assert.ok(ok, output);

  const folder = await mkdtemp(join(tmpdir(), 'tributary-jaeger-'));
  try {
    const broken = join(folder, 'broken.yml');
    await writeFile(broken, (await readFile(file, 'utf8')).replace('thrift_http', 'thrift_https'));
    assert.equal((await run(jaeger, ['validate', '--config', broken])).ok, false);
  } finally {
    await rm(folder, { recursive: true });
  }
});
