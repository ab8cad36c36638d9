import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

test('deploy/env.sh makes secrets that nobody else has or reads, once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-env-'));
  try {
    await mkdir(join(folder, 'deploy'));
    const script = join(folder, 'deploy', 'env.sh');
    await copyFile(fileURLToPath(new URL('./env.sh', import.meta.url)), script);
    const make = async () => {
      execFileSync('sh', [script]);
      return readFile(join(folder, '.env'), 'utf8');
    };
    const made = await make();
    const secrets = [...made.matchAll(/^(\w+)=(?:first:)?([0-9a-f]{64})$/gm)];
    assert.deepEqual(
      secrets.map(([, name]) => name),
      ['CURSOR_KEYS', 'ADMIN_TOKEN'],
    );
    assert.match(made, /^COMPOSE_PROFILES=all$/m);
    assert.equal((await stat(join(folder, '.env'))).mode & 0o777, 0o600);
    assert.equal(await make(), made);
    assert.deepEqual((await readdir(folder)).sort(), ['.env', 'deploy']);

    await rm(join(folder, '.env'));
    const others = await make();
    for (const [, , secret = ''] of secrets) assert.ok(!others.includes(secret));
  } finally {
    await rm(folder, { recursive: true });
  }
});
