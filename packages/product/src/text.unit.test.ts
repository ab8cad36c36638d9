import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseDescription, parseName } from './text.ts';

const emoji = '🫖';
const codeOf = (parsed: ReturnType<typeof parseName>) => (parsed.ok ? 'accepted' : parsed.code);

test('a name is trimmed and counted in code points', () => {
  assert.deepEqual(parseName('  Kettle  '), { ok: true, value: 'Kettle' });
  assert.equal(codeOf(parseName(emoji.repeat(250))), 'accepted');
  assert.equal(codeOf(parseName(emoji.repeat(251))), 'TOO_LONG');
  assert.equal(codeOf(parseName('x'.repeat(251))), 'TOO_LONG');
  assert.equal(codeOf(parseName(`x${' '.repeat(300)}`)), 'accepted');
});

for (const [what, value, code] of [
  ['nothing', undefined, 'REQUIRED'],
  ['a number', 7, 'NOT_TEXT'],
  ['an empty text', '', 'TOO_SHORT'],
  ['white space', ' \u3000\t', 'TOO_SHORT'],
  ['a lone surrogate', 'a\ud800', 'MALFORMED_UNICODE'],
  ['a NUL', 'a\u0000b', 'CONTROL_CHARACTER'],
  ['a line break', 'a\nb', 'CONTROL_CHARACTER'],
  ['a C1 control', 'a\u0085b', 'CONTROL_CHARACTER'],
] as const) {
  test(`${what} is no name: ${code}`, () => assert.equal(codeOf(parseName(value)), code));
}

test('a description keeps tabs and line breaks, as line feeds', () => {
  assert.deepEqual(parseDescription('a\r\nb\tc'), { ok: true, value: 'a\nb\tc' });
  assert.equal(codeOf(parseDescription('a\rb')), 'CONTROL_CHARACTER');
  assert.equal(codeOf(parseDescription(emoji.repeat(5_000))), 'accepted');
  assert.equal(codeOf(parseDescription('x'.repeat(5_001))), 'TOO_LONG');
});
