import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from './logger.ts';
import { untilUp } from './start-up.ts';

test('tries again until the dependency answers', async () => {
  let tries = 0;
  const answer = await untilUp(
    'database',
    async () => {
      tries += 1;
      if (tries < 3) throw new Error('connection refused');
      return 'connected';
    },
    { logger: silentLogger(), signal: new AbortController().signal },
  );
  assert.equal(answer, 'connected');
  assert.equal(tries, 3);
});

test('gives up when the process stops', async () => {
  const controller = new AbortController();
  const waiting = untilUp('database', () => Promise.reject(new Error('down')), {
    logger: silentLogger(),
    signal: controller.signal,
  });
  controller.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
});

test('an error that waiting cannot mend ends the wait', async () => {
  const permanent = new Error('wrong password');
  const waiting = untilUp('database', () => Promise.reject(permanent), {
    logger: silentLogger(),
    signal: new AbortController().signal,
    isPermanent: (error) => error === permanent,
  });
  await assert.rejects(waiting, permanent);
});
