import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

test('every target of the Makefile is explained, and is a line over an npm script or a script that is there, or Docker', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const makefile = read('Makefile');
  const rules = [...makefile.matchAll(/^(\w+):.*\n\t(.+)$/gm)].map(([, target = '', recipe = '']) => ({
    target,
    recipe,
  }));
  const names = rules.map(({ target }) => target);
  assert.deepEqual([...names].sort(), [
    'bench',
    'docker_dev',
    'docker_down',
    'docker_up',
    'env',
    'help',
    'local',
    'migrate_down',
    'migrate_up',
    'mongo',
    'proto',
    'swagger',
    'test',
    'topics',
  ]);
  assert.deepEqual(/^\.PHONY: (.+)$/m.exec(makefile)?.[1]?.split(' ').sort(), [...names].sort());
  assert.deepEqual([...makefile.matchAll(/^\w+:.*## \S.*$/gm)].length, names.length);
  for (const { target, recipe } of rules.filter(({ target }) => target !== 'help')) {
    if (recipe.startsWith('@docker compose ')) continue;
    const file = /^@sh (\S+)$/.exec(recipe)?.[1];
    if (file) {
      assert.ok(existsSync(new URL(`../../${file}`, import.meta.url)), file);
      continue;
    }
    const script = /^@?(?:\w+=\w+ )?npm run (?:--silent )?([\w-]+)(?: -- .+)?$/.exec(recipe)?.[1];
    assert.ok(script && scripts[script], `${target}: ${recipe}`);
  }
});
