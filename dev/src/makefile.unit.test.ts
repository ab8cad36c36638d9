import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

test('every target of the Makefile is explained, and is a line over an npm script that is there', () => {
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
    const script = /^@?(?:\w+=\w+ )?npm run (?:--silent )?([\w-]+)(?: -- .+)?$/.exec(recipe)?.[1];
    assert.ok(script && scripts[script], `${target}: ${recipe}`);
  }
});
