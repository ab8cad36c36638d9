import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLonger, parseCaller, parseDescription, parseIdempotencyKey, parseName } from './text.ts';

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
  ['an object', {}, 'NOT_TEXT'],
  ['a low surrogate first', '\udc00\ud800', 'MALFORMED_UNICODE'],
  ['a line break', 'a\nb', 'CONTROL_CHARACTER'],
  ['a tab', 'a\tb', 'CONTROL_CHARACTER'],
  ['a DEL', 'a\u007f', 'CONTROL_CHARACTER'],
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

test('an emoji of several code points counts as each of them', () => {
  const family = '👨‍👩‍👧';
  assert.equal([...family].length, 5);
  assert.equal(codeOf(parseName(family.repeat(50))), 'accepted');
  assert.equal(codeOf(parseName(`${family.repeat(50)}x`)), 'TOO_LONG');
});

test('a canonical text stays as it is when it is read again', () => {
  for (const value of [' a\r\n\r\nb\t', '\ufeff x', '\r\n x \r\n', 'e\u0301']) {
    const once = parseDescription(value);
    assert(once.ok);
    assert.deepEqual(parseDescription(once.value), once);
  }
});

test('a carriage return that ends no line is refused', () => {
  assert.equal(codeOf(parseDescription('a\r\r\nb')), 'CONTROL_CHARACTER');
  assert.equal(codeOf(parseDescription('a\u0085b')), 'CONTROL_CHARACTER');
  assert.equal(codeOf(parseDescription('a\u000bb')), 'CONTROL_CHARACTER');
});

for (const [what, parse] of [
  ['an idempotency key', parseIdempotencyKey],
  ['a caller', parseCaller],
] as const) {
  test(`${what} is kept as it is, so all of it counts`, () => {
    assert.deepEqual(parse(' k ey '), { ok: true, value: ' k ey ' });
    assert.equal(codeOf(parse(emoji.repeat(255))), 'accepted');
    assert.equal(codeOf(parse('x'.repeat(256))), 'TOO_LONG');
    assert.equal(codeOf(parse(`x${' '.repeat(255)}`)), 'TOO_LONG');
    assert.equal(codeOf(parse('x\n')), 'CONTROL_CHARACTER');
    assert.equal(codeOf(parse('\tx')), 'CONTROL_CHARACTER');
    assert.equal(codeOf(parse('a\u0000b')), 'CONTROL_CHARACTER');
    assert.equal(codeOf(parse('\ud800')), 'MALFORMED_UNICODE');
    assert.equal(codeOf(parse('')), 'TOO_SHORT');
    assert.equal(codeOf(parse('  ')), 'TOO_SHORT');
    assert.equal(codeOf(parse(7)), 'NOT_TEXT');
    assert.equal(codeOf(parse(null)), 'REQUIRED');
  });
}

test('length is in code points at every border', () => {
  for (const [text, longer] of [
    ['x'.repeat(250), false],
    ['x'.repeat(251), true],
    [emoji.repeat(250), false],
    [`${emoji.repeat(249)}xx`, true],
    [`${emoji.repeat(250)}x`, true],
    ['x'.repeat(501), true],
  ] as const)
    assert.equal(isLonger(text, 250), longer, `${text.length} UTF-16 units`);
});
