import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultPorts, portVariables, projectRoot } from './config.ts';
import { jaegerPortVariables } from './jaeger-config.ts';
import { containerNames } from './mixed-runner.ts';

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

for (const name of containerNames) {
  const service = byName.get(name) ?? '';
  const expected = {
    [portVariables[name]]: defaultPorts[name],
    ...(name === 'jaeger' ? jaegerPortVariables(defaultPorts.jaeger) : {}),
  };

  test(`${name} is a service that is started alone by its name`, () => {
    assert.ok(byName.has(name));
    assert.doesNotMatch(service, /^ {4}depends_on:/m);
  });

  test(`${name} has an image of one version and says when it is healthy`, () => {
    assert.match(service, /^ {4}image: [\w./-]+:\d+\.\d+(\.\d+)?$/m);
    assert.match(service, /^ {4}healthcheck:\n {6}test: \[/m);
  });

  test(`${name} is published on 127.0.0.1 only, under the ports that engines/ gives it`, () => {
    const published = listOf(service, 'ports').map((port) => port.replace(/:\d+$/, ''));
    assert.deepEqual(
      published,
      Object.entries(expected).map(([variable, port]) => `127.0.0.1:\${${variable}:-${port}}`),
    );
  });

  test(`${name} keeps data in named volumes or nowhere`, () => {
    const used = listOf(service, 'volumes').filter((volume) => !/^\.\/.*:ro$/.test(volume));
    for (const volume of used) assert.match(volumes, new RegExp(`^ {2}${volume.split(':')[0]}:$`, 'm'));
    assert(used.length > 0 || /^ {4}tmpfs:/m.test(service));
  });
}
