import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { startProcess, untilReady } from '@tributary/e2e';
import { freePort } from '@tributary/engines';
import { everyStack, run } from './testing/scenarios.ts';

const folder = await mkdtemp(join(tmpdir(), 'tributary-operations-'));
const [port, adminPort] = [await freePort(), await freePort()];
const ports = ['--port', String(port), '--admin-port', String(adminPort)];
const service = startProcess('standalone', 'standalone/src/main.ts', {}, [...ports, '--data', join(folder, 'stores')]);
after(async () => {
  await service.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});
await untilReady(service, adminPort);
const admin = `127.0.0.1:${adminPort}`;

describe('operations, embedded', () => everyStack({ gateway: `http://127.0.0.1:${port}`, admin, processes: 1 }));

test('a stack that has stopped is told of', async () => {
  assert.equal(await service.stop(), 0);
  const { exitCode, stderr } = await run(admin, 'status');
  assert.equal(exitCode, 3);
  assert.match(stderr, /nothing answers/);
});
