import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, test } from 'node:test';
import { Counter } from 'prom-client';
import { createAdminServer, createRegistry } from './admin.ts';
import { silentLogger } from './logger.ts';
import type { ReadinessCheck } from './readiness.ts';
import { version } from './version.ts';

let missing: string | null = null;
const checks: ReadinessCheck[] = [
  { name: 'log', check: () => null },
  { name: 'database', check: async () => missing },
];
const registry = createRegistry();
const logger = silentLogger().child({ service: 'shop' });
const admin = await createAdminServer({ host: '127.0.0.1', port: 0, logger, checks, registry });
after(() => admin.stop());
const url = `http://127.0.0.1:${admin.port}`;

test('ready says what is missing, live goes on answering', async () => {
  missing = null;
  assert.equal((await fetch(`${url}/readyz`)).status, 200);
  missing = 'the database does not answer';
  const response = await fetch(`${url}/readyz`);
  assert.equal(response.status, 503);
  assert.deepEqual(await response.json(), {
    ready: false,
    checks: { log: 'ok', database: 'the database does not answer' },
  });
  const live = await fetch(`${url}/livez`);
  assert.equal(live.status, 200);
  assert.deepEqual(await live.json(), { status: 'ok', service: 'shop', version, node: process.version });
});

test('a check that throws or hangs counts as missing', async () => {
  const hanging = await createAdminServer({
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger(),
    registry,
    checks: [
      { name: 'throws', check: () => Promise.reject(new Error('secret host')) },
      { name: 'hangs', check: () => new Promise(() => {}) },
    ],
  });
  const response = await fetch(`http://127.0.0.1:${hanging.port}/readyz`);
  await hanging.stop();
  assert.deepEqual(await response.json(), {
    ready: false,
    checks: { throws: 'the check failed', hangs: 'no answer within 1000 ms' },
  });
});

test('metrics are in the Prometheus text format', async () => {
  new Counter({ name: 'tributary_admin_test_total', help: 'Counted.', registers: [registry] }).inc(3);
  const text = await (await fetch(`${url}/metrics`)).text();
  assert.match(text, /^tributary_admin_test_total 3$/m);
  assert.match(text, /^process_cpu_user_seconds_total /m);
});

test('metrics are in OpenMetrics for who asks for it', async () => {
  const response = await fetch(`${url}/metrics`, { headers: { accept: 'application/openmetrics-text;version=1.0.0' } });
  assert.equal(response.headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.match(await response.text(), /^process_cpu_user_seconds_total [\s\S]*\n# EOF\n$/m);
  const plain = await fetch(`${url}/metrics`);
  assert.equal(plain.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
});

test('an occupied port is told in words that help', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  await assert.rejects(createAdminServer({ host: '127.0.0.1', port, logger: silentLogger(), checks, registry }), {
    name: 'StartError',
    code: 'PORT_IN_USE',
    message: new RegExp(`port ${port} on 127.0.0.1 is in use.*ADMIN_PORT$`),
  });
  const options = { host: '127.0.0.1', port, logger: silentLogger(), checks, registry };
  await assert.rejects(createAdminServer({ ...options, portSetting: '--admin-port' }), { message: /--admin-port$/ });
  holder.close();
});
