import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from './ports.ts';

test('no port is given twice, though nobody listens on it yet', async (t) => {
  const draws = [0.5, 0.5, 0.5, 0.6, 0.6, 0.7];
  t.mock.method(Math, 'random', () => draws.shift() ?? 0.8);
  const [first, second, third] = [await freePort(), await freePort(), await freePort(2)];
  const taken = [first, second, third, third + 1];
  assert.equal(new Set(taken).size, taken.length);
});
