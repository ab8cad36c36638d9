import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { withLock } from './lock.ts';

describe('withLock', () => {
  let folder: string;
  let file: string;
  const report = () => {};

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-lock-'));
    file = join(folder, 'lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** A process of its own that holds the lock until it is killed. */
  async function holder() {
    const script = `import { withLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
      await withLock(${JSON.stringify(file)}, () => new Promise((resolve) => {
        // What nothing could ever resolve would be collected as garbage, and the lock with it.
        process.once('SIGUSR2', resolve);
        process.stdout.write('held');
        setInterval(() => {}, 1000);
      }), { report() {} });`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    return child;
  }

  it('lets one work at a time, within a process too', async () => {
    let inside = 0;
    const work = async () => {
      inside += 1;
      assert.equal(inside, 1);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(file, work, { report })));
    await assert.rejects(
      withLock(file, () => Promise.reject(new Error('failed')), { report }),
      /failed/,
    );
    assert.equal(await withLock(file, async () => 'free again', { report }), 'free again');
  });

  it('waits for another process, says so, and gives up with a reason', async () => {
    const child = await holder();
    try {
      const lines: string[] = [];
      const waiting = withLock(file, async () => {}, { report: (line) => lines.push(line), timeoutMs: 1_500 });
      await assert.rejects(waiting, { code: 'LOCKED', message: /has held .*lock for 2 s/ });
      assert.deepEqual(lines, ['waiting for another start or stop of the engines to end']);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is free as soon as its holder was killed', async () => {
    const child = await holder();
    const waiting = withLock(file, async () => 'mine', { report, timeoutMs: 10_000 });
    child.kill('SIGKILL');
    assert.equal(await waiting, 'mine');
  });
});
