import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDisplay } from './display.ts';

function createScreen(isTTY: boolean) {
  const written: string[] = [];
  let nowMs = 0;
  const display = createDisplay({ isTTY, columns: 20, write: (text) => written.push(text) }, () => nowMs);
  return { written, display, at: (ms: number) => (nowMs = ms) };
}

test('a terminal gets one line that is drawn again, within its width', () => {
  const { written, display, at } = createScreen(true);
  display.show(() => 'one');
  display.show(() => 'too soon');
  at(100);
  display.show(() => 'x'.repeat(30));
  display.say('a line that stays and may wrap');
  display.say('another');
  assert.deepEqual(written, [
    ...['\r\u001b[Kone', `\r\u001b[K${'x'.repeat(19)}`],
    ...['\r\u001b[K', 'a line that stays and may wrap\n', 'another\n'],
  ]);
});

test('anything else gets a line now and then, without control characters', () => {
  const { written, display, at } = createScreen(false);
  for (let ms = 0; ms <= 12_000; ms += 100) {
    at(ms);
    display.show(() => `at ${ms}`);
  }
  display.clear();
  assert.deepEqual(written, ['at 5000\n', 'at 10000\n']);
});
