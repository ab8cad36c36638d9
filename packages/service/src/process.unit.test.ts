import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { on, once } from 'node:events';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { listenError, StartError } from './process.ts';

const script = fileURLToPath(new URL('./testing/started-process.ts', import.meta.url));

/** A process that has started, and a way to wait for a line that it prints. */
async function startedProcess(t: TestContext, ...args: string[]) {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const printed = async (wanted: string) => {
    for await (const [line] of on(lines, 'line', { close: ['close'] })) if (line === wanted) return;
    assert.fail(`it ended before it printed ${wanted}`);
  };
  await printed('started');
  return { child, ended, printed };
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
  test(`${signal} stops in order and ends with 0`, async (t) => {
    const { child, ended, printed } = await startedProcess(t);
    child.kill(signal);
    await printed('stopping');
    assert.deepEqual(await ended, [0, null]);
  });

test('a second signal at once is the same wish; a later one is impatience', async (t) => {
  const { child, ended, printed } = await startedProcess(t, '--hold-stop');
  child.kill('SIGINT');
  await printed('stopping');
  child.kill('SIGINT');
  // Signals are taken in order: when this one has been, so has the one before.
  child.kill('SIGUSR2');
  await printed('later');
  assert.equal(child.exitCode, null);
  child.kill('SIGINT');
  assert.deepEqual(await ended, [1, null]);
});

test('what is wrong with an address is told in words that help', () => {
  for (const [cause, code, words] of [
    ['EADDRINUSE', 'PORT_IN_USE', /^port 80 on shop is in use: .*choose another with --port$/],
    ['EACCES', 'PORT_DENIED', /^port 80 on shop may not be opened by this user: choose another with --port$/],
    ['EADDRNOTAVAIL', 'HOST_UNKNOWN', /^shop is no address of this machine: choose another with HOST$/],
    ['ENOTFOUND', 'HOST_UNKNOWN', /^shop is no address of this machine: choose another with HOST$/],
    ['EAI_AGAIN', 'HOST_UNKNOWN', /^shop is no address of this machine: choose another with HOST$/],
  ] as const) {
    const told = listenError(Object.assign(new Error('listen'), { code: cause }), 'shop', 80, '--port');
    assert(told instanceof StartError, cause);
    assert.equal(told.code, code);
    assert.match(told.message, words);
  }
  const other = new Error('another');
  assert.equal(listenError(other, 'shop', 80, '--port'), other);
});
