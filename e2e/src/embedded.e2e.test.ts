import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { freePort } from '@tributary/engines';
import { rest } from './client.ts';
import { type ServiceProcess, startCommand, startProcess, untilReady } from './processes.ts';
import { badInputScenarios } from './scenarios/bad-input.ts';
import { commandScenarios, create } from './scenarios/commands.ts';
import { idempotencyScenarios } from './scenarios/idempotency.ts';
import { rebuildScenarios } from './scenarios/rebuild.ts';
import { restScenarios } from './scenarios/rest.ts';
import { searchScenarios } from './scenarios/search.ts';
import { subscriptionScenarios } from './scenarios/subscriptions.ts';
import type { System } from './system.ts';

const data = await mkdtemp(join(tmpdir(), 'tributary-e2e-'));
const port = await freePort();
const adminPort = await freePort();
const url = `http://127.0.0.1:${port}`;
const SHOP = 'http://localhost:5173';
const main = 'standalone/src/main.ts';

let running: ServiceProcess | undefined;

async function start(...args: string[]): Promise<ServiceProcess> {
  const service = startProcess('standalone', main, {}, [
    ...['--port', String(port), '--admin-port', String(adminPort), '--data', join(data, 'stores')],
    ...['--allow-origin', SHOP],
    ...args,
  ]);
  running = service;
  await untilReady(service, adminPort);
  return service;
}

await start();
after(async () => {
  await running?.kill('SIGKILL');
  await rm(data, { recursive: true, force: true });
});

const system: System = { gateways: [url], grpc: null };
describe('embedded: commands', () => commandScenarios(system));
describe('embedded: idempotency and versions', () => idempotencyScenarios(system));
describe('embedded: search', () => searchScenarios(system));
describe('embedded: REST', () => restScenarios(system));
describe('embedded: subscriptions', () => subscriptionScenarios(system));
describe('embedded: bad input', () => badInputScenarios(system));
describe('embedded: rebuilding', () => rebuildScenarios(system, [`http://127.0.0.1:${adminPort}`]));

describe('embedded: the process', () => {
  test('stops cleanly and has all the data when it starts again', async () => {
    const before = await create(url, { name: 'Kept over a restart' });
    const pending = await create(url, { name: 'Accepted before the stop', wait: 'NONE' });
    assert.equal(await running?.stop(), 0, running?.output());
    await start();
    for (const { productId } of [before, pending]) await waitForProduct(productId);
  });

  test('answers pages of the origins that it was told of', async () => {
    for (const [origin, allowed] of [
      [SHOP, SHOP],
      ['http://localhost:5174', null],
    ] as const) {
      const { headers } = await fetch(`${url}/api/v1/products/search`, { headers: { origin } });
      assert.equal(headers.get('access-control-allow-origin'), allowed);
    }
  });

  test('npm start ends when everything has stopped, with its exit code', async () => {
    const [port, adminPort] = [await freePort(), await freePort()];
    const args = ['--port', String(port), '--admin-port', String(adminPort), '--data', join(data, 'by-npm')];
    const npm = startCommand('npm start', ['npm', 'start', '--', ...args]);
    await untilReady(npm, adminPort);
    assert.equal(await npm.stop(), 0, npm.output());
    await assert.rejects(fetch(`http://127.0.0.1:${adminPort}/livez`));
  });

  test('has all that it acknowledged after kill -9', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, n) => create(url, { name: `Killed ${n}`, wait: n % 2 ? 'NONE' : 'OUTCOME' })),
    );
    await running?.kill('SIGKILL');
    await start();
    for (const { productId } of made) await waitForProduct(productId);
  });

  test('every address that it tells can be opened in a browser', async () => {
    const addresses = running?.output().match(/http:\S+/g) ?? [];
    assert(addresses.length >= 8, running?.output());
    for (const address of addresses) {
      const { status } = await fetch(address, { headers: { accept: 'text/html,*/*;q=0.8' } });
      assert.equal(status, 200, address);
    }
  });

  test('a second process may not use the same data folder', async () => {
    const second = startProcess('second', main, {}, [
      '--port',
      '0',
      '--admin-port',
      '0',
      '--data',
      join(data, 'stores'),
    ]);
    assert.equal(await second.ended(), 1);
    assert.match(oneLine(second), /in use/);
  });

  test('an occupied port, a folder that cannot be made or written, a wrong option: one line, exit 1', async () => {
    for (const [args, words] of [
      [
        ['--port', String(port), '--admin-port', '0', '--data', join(data, 'other')],
        /^Starting.*\ntributary: port \d+ .*is in use: .*choose another with --port$/,
      ],
      [
        ['--port', '0', '--admin-port', String(adminPort), '--data', join(data, 'other')],
        /^Starting.*\ntributary: port \d+ .*is in use: .*choose another with --admin-port$/,
      ],
      [['--port', '0', '--admin-port', '0', '--data', join(data, 'missing', 'stores')], /does not exist.*--data/],
      [['--port', 'x'], /PORT=x/],
      [['--colour'], /--colour.*--help/],
    ] as const) {
      const service = startProcess('refused', main, {}, args);
      assert.equal(await service.ended(), 1, service.output());
      assert.match(oneLine(service), words);
      assert.doesNotMatch(service.output(), /\n\s+at /);
    }
  });

  test('--help tells the options', async () => {
    const help = startProcess('help', main, {}, ['--help']);
    assert.equal(await help.ended(), 0);
    for (const option of ['--port', '--data', '--reset', '--help']) assert(help.output().includes(option));
  });

  test('--reset begins with nothing', async () => {
    await running?.stop();
    await start('--reset');
    const all = await rest<{ totalCount: number }>(url, 'GET', '/api/v1/products/search');
    assert.equal(all.body.totalCount, 0);
  });
});

async function waitForProduct(productId: string): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    const { status } = await rest(url, 'GET', `/api/v1/products/${productId}`);
    if (status === 200) return;
    assert(Date.now() < deadline, `${productId} is missing`);
  }
}

function oneLine(service: ServiceProcess): string {
  return service.output().trim();
}
