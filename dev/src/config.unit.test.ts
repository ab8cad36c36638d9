import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '@tributary/engines';
import { readDevOptions } from './config.ts';
import { takenPort } from './ports.ts';
import { addresses, portVariables, secrets, services } from './services.ts';
import { sourceFolders } from './workspaces.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');

test('all services run unless some are named, in their order', () => {
  const all = services.map(({ name }) => name);
  assert.deepEqual(readDevOptions([]), { only: all, inspect: null, observe: false, portOffset: 0 });
  assert.deepEqual(readDevOptions(['--only', 'projector, writer'])?.only, ['writer', 'projector']);
  const options = readDevOptions(['--only=gateway', '--inspect=gateway', '--port-offset=10000']);
  assert.deepEqual(options, { only: ['gateway'], inspect: 'gateway', observe: false, portOffset: 10_000 });
  assert.equal(readDevOptions(['--observe'])?.observe, true);
  assert.equal(readDevOptions(['--help', '--only', 'nothing']), null);
});

test('what is asked for in a wrong way is refused, in one line', () => {
  for (const args of [
    ['--only', 'writr'],
    ['--only', ''],
    ['--inspect', 'writr'],
    ['--only', 'writer', '--inspect', 'gateway'],
    ['--port-offset', '-1'],
    ['--port-offset', '1e3'],
    ['--port-offset', '60000'],
    ['writer'],
    ['--fast'],
  ])
    assert.throws(() => readDevOptions(args), { code: 'BAD_USAGE', message: /^.+$/ }, args.join(' '));
});

test('ports and addresses are those that the services have by default', () => {
  const rows = new Map(
    read('docs/configuration.md')
      .split('\n')
      .map((line) => [/^\| `(\w+)`/.exec(line)?.[1], line]),
  );
  const hasDefault = (variable: string, value: string, service: string) =>
    new RegExp(`\`${value}\` \\([^)]*\\b${service}\\b`).test(rows.get(variable) ?? '');
  for (const service of services)
    for (const [variable, port] of Object.entries(portVariables(service, 0)))
      assert.ok(hasDefault(variable, port, service.name), `${variable} of ${service.name}: ${rows.get(variable)}`);
  assert.ok(hasDefault('WRITER_ADDRESS', addresses(0).WRITER_ADDRESS!, 'projector'));
  assert.ok(hasDefault('READER_ADDRESS', addresses(0).READER_ADDRESS!, 'products-query'));
  assert.ok(hasDefault('COMMANDS_URL', addresses(0).COMMANDS_URL!, 'gateway'));
  assert.ok(hasDefault('QUERIES_URL', addresses(0).QUERIES_URL!, 'gateway'));
});

test('the secrets are as long as the services want them', () => {
  assert.match(secrets.CURSOR_KEYS!, /^\w+:\S{32,}$/);
});

test('an offset moves all ports, and with them the addresses', () => {
  const [writer] = services;
  assert.deepEqual(portVariables(writer, 1), { GRPC_PORT: '5003', ADMIN_PORT: '9404' });
  assert.equal(addresses(1).WRITER_ADDRESS, '127.0.0.1:5003');
  assert.equal(addresses(1).QUERIES_URL, 'http://127.0.0.1:4103');
});

test('a port that is taken is found before anything starts', async (t) => {
  const [writer] = services;
  const offset = (await freePort()) - writer.ports.GRPC_PORT;
  const server = createServer().listen(writer.ports.GRPC_PORT + offset, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const taken = await takenPort(
    [{ ...writer, ports: { ADMIN_PORT: 0, GRPC_PORT: writer.ports.GRPC_PORT } }],
    offset,
    '127.0.0.1',
  );
  assert.deepEqual(taken, { service: 'writer', port: writer.ports.GRPC_PORT + offset });
});

test('every service of the project is there, made of what its package names', () => {
  const sources = sourceFolders(root, 'workers/writer');
  for (const folder of ['workers/writer', 'drizzle', 'proto', 'packages/service', 'packages/event-log'])
    assert.ok(sources.includes(folder), folder);
  assert.ok(!sources.includes('packages/subgraph') && !sources.includes('engines'));
  for (const { folder } of services) assert.ok(existsSync(`${root}${folder}/src/main.ts`), folder);
});
