import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { freePort } from '@tributary/engines';
import { until } from '@tributary/service/testing';

const root = fileURLToPath(new URL('..', import.meta.url));
const running: ChildProcess[] = [];
let folder: string;

interface Health {
  code: number;
  said: string;
}

/** What Docker would come to know. */
function healthOf(...args: readonly (string | number)[]): Promise<Health> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['deploy/healthcheck.ts', ...args.map(String)], { cwd: root }, (error, stdout) =>
      resolve({ code: error ? Number(error.code) : 0, said: stdout.trim() }),
    );
  });
}

async function start(script: string, env: Record<string, string | number>): Promise<ChildProcess> {
  const given = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, String(value)]));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script], {
    cwd: root,
    env: { PATH: process.env.PATH, LOG_LEVEL: 'silent', ...given },
    stdio: 'ignore',
  });
  running.push(child);
  await once(child, 'spawn');
  return child;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-health-'));
});
after(async () => {
  for (const child of running.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await rm(folder, { recursive: true, force: true });
});

describe('the health check of a container', () => {
  it('follows a process from its start over a stand-still to its end', async () => {
    const [port, adminPort] = [await freePort(), await freePort()];
    assert.deepEqual(await healthOf(adminPort), { code: 1, said: `connect ECONNREFUSED 127.0.0.1:${adminPort}` });

    const child = await start('standalone/src/main.ts', {
      PORT: port,
      ADMIN_PORT: adminPort,
      DATA: join(folder, 'data'),
    });
    const isHealthy = async () => (await healthOf(adminPort)).code === 0;
    await until('the process is healthy', isHealthy, 60_000);
    assert.match((await healthOf(adminPort)).said, /^200 {"ready":true/);

    child.kill('SIGSTOP');
    assert.deepEqual(await healthOf(adminPort), { code: 1, said: 'no answer within 3000 ms' });
    child.kill('SIGCONT');
    await until('it is healthy again', isHealthy);

    child.kill('SIGTERM');
    await once(child, 'exit');
    assert.match((await healthOf(adminPort)).said, /ECONNREFUSED/);
  });

  it('tells of a service that lives but lacks what it needs', async () => {
    const [port, adminPort, nobody] = [await freePort(), await freePort(), await freePort()];
    const READER_ADDRESS = `127.0.0.1:${nobody}`;
    await start('subgraphs/products-query/src/main.ts', { PORT: port, ADMIN_PORT: adminPort, READER_ADDRESS });
    const answered = await until(
      'it answers',
      async () => {
        const health = await healthOf(adminPort);
        return health.said.startsWith('connect') ? null : health;
      },
      30_000,
    );
    assert.equal(answered.code, 1);
    assert.match(answered.said, /^503 .*"reader":"does not answer"/);
  });

  it('does not pass for being called wrongly', async () => {
    for (const args of [[], ['nine'], [9400, 9401]])
      assert.deepEqual(await healthOf(...args), { code: 1, said: 'usage: node deploy/healthcheck.ts ADMIN_PORT' });
  });
});
