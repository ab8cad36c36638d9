import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { hasStopped, processRef } from './processes.ts';

test('a process stands still when all its threads do, and one that goes on or has ended is told', async () => {
  const child = spawn(process.execPath, ['-e', "process.stdout.write('up'); setInterval(() => {}, 1)"]);
  await once(child.stdout, 'data');
  const ref = await processRef(child.pid as number);
  assert.equal(await hasStopped(ref, 0), false);
  child.kill('SIGSTOP');
  assert.equal(await hasStopped(ref, 5_000), true);
  child.kill('SIGCONT');
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(await hasStopped(ref, 0), true);
});
