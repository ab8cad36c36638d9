import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLifecycle } from './lifecycle.ts';
import { silentLogger } from './logger.ts';

test('stops in reverse order, each once, one after the other', async () => {
  const lifecycle = createLifecycle({ logger: silentLogger(), timeoutMs: 1_000 });
  const stopped: string[] = [];
  for (const name of ['first', 'second', 'third']) {
    lifecycle.onStop(name, async () => {
      await Promise.resolve();
      stopped.push(name);
    });
  }
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  assert.deepEqual(stopped, ['third', 'second', 'first']);
});

test('a stop that fails or never ends does not keep the others from stopping', async () => {
  const lifecycle = createLifecycle({ logger: silentLogger(), timeoutMs: 50 });
  let stopped = false;
  lifecycle.onStop('healthy', () => {
    stopped = true;
  });
  lifecycle.onStop('stuck', () => new Promise(() => {}));
  lifecycle.onStop('broken', () => Promise.reject(new Error('no')));
  await lifecycle.stop();
  assert.equal(stopped, true);
});

test('whoever waits at start-up is told when the stop begins', async () => {
  const lifecycle = createLifecycle({ logger: silentLogger(), timeoutMs: 50 });
  assert.equal(lifecycle.stopping.aborted, false);
  await lifecycle.stop();
  assert.equal(lifecycle.stopping.aborted, true);
});
