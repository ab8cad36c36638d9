import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { configurationPage } from './configuration.ts';
import { root } from './tasks.ts';

test('the configuration table says what the code reads', async () => {
  const committed = await readFile(`${root}docs/configuration.md`, 'utf8');
  assert.equal(committed, await configurationPage(), 'run `npm run generate` and commit docs/configuration.md');
});
