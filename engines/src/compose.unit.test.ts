import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultPorts, portVariables, projectRoot } from './config.ts';
import { engineNames } from './engine.ts';

const text = readFileSync(join(projectRoot, 'compose.yml'), 'utf8').replaceAll(/^ *#.*\n/gm, '');
const [, services = '', volumes = ''] = /\nservices:\n([\s\S]*?)\nvolumes:\n([\s\S]*)$/.exec(text) ?? [];

/** Each service's lines, by its name. */
const byName = new Map(
  services
    .split(/^ {2}(?=\w)/m)
    .filter((part) => part.includes(':\n'))
    .map((part) => [part.slice(0, part.indexOf(':')), part] as const),
);

/** The entries of a service's list. */
function listOf(service: string, name: string): string[] {
  const [, block = ''] = new RegExp(`^ {4}${name}:\\n((?: {6}.*\\n)*)`, 'm').exec(service) ?? [];
  return [...block.matchAll(/^ {6}- "?([^"\n]+)"?$/gm)].map(([, entry = '']) => entry);
}

test('the services are the engines', () => {
  assert.deepEqual([...byName.keys()].sort(), [...engineNames].sort());
});

for (const name of engineNames) {
  const service = byName.get(name) ?? '';

  test(`${name} has an image of one version and says when it is healthy`, () => {
    assert.match(service, /^ {4}image: [\w./-]+:\d+\.\d+(\.\d+)?$/m);
    assert.match(service, /^ {4}healthcheck:\n {6}test: \[/m);
  });

  test(`${name} is published on 127.0.0.1 only, under the port that engines/ gives it`, () => {
    const ports = listOf(service, 'ports');
    assert.equal(ports.length, 1);
    const published = `127.0.0.1:\${${portVariables[name]}:-${defaultPorts[name]}}:`;
    assert(ports[0]?.startsWith(published), ports[0]);
  });

  test(`${name} keeps data in named volumes or nowhere`, () => {
    const used = listOf(service, 'volumes').map((volume) => volume.split(':')[0] ?? '');
    for (const volume of used) assert.match(volumes, new RegExp(`^ {2}${volume}:$`, 'm'));
    assert(used.length > 0 || /^ {4}tmpfs:$/m.test(service));
  });
}
