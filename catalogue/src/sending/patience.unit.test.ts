import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPatience } from './patience.ts';

const trouble = { code: 'UNAVAILABLE', reason: 'the log is away', retryAfterMs: 0 };
const { signal } = new AbortController();

test('trouble is told until something is settled', async () => {
  const patience = createPatience(60_000);
  assert.equal(patience.trouble(), null);
  await patience.pause(trouble, 1, signal);
  assert.equal(patience.trouble(), 'the log is away');
  patience.progress();
  assert.equal(patience.trouble(), null);
});

test('it ends when nothing is settled for too long', async () => {
  await assert.rejects(
    createPatience(-1).pause(trouble, 1, signal),
    /^ImportError: given up after \d+ s without any progress: the log is away$/,
  );
});

test('a pause ends at once when the import is stopped', { timeout: 10_000 }, async () => {
  const stopping = new AbortController();
  const pause = createPatience(60_000).pause({ ...trouble, retryAfterMs: 50_000 }, 1, stopping.signal);
  stopping.abort();
  await pause;
});
