import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { listenerOf } from './listener.ts';
import { freePort } from './ports.ts';

for (const host of ['127.0.0.1', '0.0.0.0'])
  test(`tells this process from a child by who listens on ${host}`, async (t) => {
    const own = await freePort();
    const server = createServer().listen(own, host);
    await once(server, 'listening');
    t.after(() => server.close());
    assert.equal(await listenerOf(own), process.pid);

    const port = await freePort();
    const script = `require('net').createServer().listen(${port}, '${host}', () => console.log('listens'))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    assert.equal(await listenerOf(port), child.pid);
    child.kill('SIGKILL');
    await once(child, 'close');
    assert.equal(await listenerOf(port), undefined);
  });

test('takes no connection for a server, at neither end', async (t) => {
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  const script = `require('net').connect(${port}, '127.0.0.1', () => console.log('connected'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  await Promise.all([once(child.stdout, 'data'), once(server, 'connection')]);
  assert.equal(await listenerOf(port), process.pid);
  server.close(); // the connection stays
  assert.equal(await listenerOf(port), undefined);
});
