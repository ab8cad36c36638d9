import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { parseSearch, rankOf, searchTerms, termsHash } from './search-terms.ts';

for (const [text, terms] of [
  ['Tea-Kettle 2', ['tea', 'kettle', '2']],
  ['Café CAFÉ cafe\u0301', ['cafe']],
  ['ﬁne', ['fine']],
  ['Straße', ['straße']],
  ['東京 タワー', ['東京', 'タワー']],
  ['हिन्दी', ['हिन्दी']],
  ['.* ((( 🫖 % "', []],
  ['x'.repeat(40), ['x'.repeat(32)]],
  ['𝒳'.repeat(40), ['x'.repeat(32)]],
  ['', []],
  ['❤️ ☕️tea', ['tea']],
  ['゛', []],
  ['ｶﾞ', ['ガ']],
  ['İZMİR', ['izmir']],
  ['१२ 4x4', ['१२', '4x4']],
  ["O'Neil's a_b", ['o', 'neil', 's', 'a', 'b']],
  ['a\u0000b\ud800c', ['a', 'b', 'c']],
] as const) {
  test(`the terms of ${inspect(text.slice(0, 20))}`, () => assert.deepEqual(searchTerms(text), terms));
}

test('a text without a term finds nothing, no text finds everything', () => {
  for (const text of ['.*', '(((', '%', '"', '🫖', '❤️', '👨‍👩‍👧', '\\', '$'])
    assert.deepEqual(parseSearch(text), { ok: true, value: { matches: 'nothing' } });
  for (const text of [undefined, null, '', '  ', '\t\n'])
    assert.deepEqual(parseSearch(text), { ok: true, value: { matches: 'everything' } });
});

test('a search has limits', () => {
  const codeOf = (value: unknown) => {
    const parsed = parseSearch(value);
    return parsed.ok ? 'accepted' : parsed.code;
  };
  assert.equal(codeOf('🫖'.repeat(200)), 'accepted');
  assert.equal(codeOf('x'.repeat(201)), 'TOO_LONG');
  assert.equal(codeOf('a b c d e f g h i j'), 'accepted');
  assert.equal(codeOf('a b c d e f g h i j k'), 'TOO_MANY_TERMS');
  assert.equal(codeOf('a b c d e f g h i j A B C'), 'accepted', 'a term twice is one term');
  assert.equal(codeOf('x'.repeat(10_000)), 'TOO_LONG');
  assert.equal(codeOf('a\u0000'), 'CONTROL_CHARACTER');
  assert.equal(codeOf('a\u001b[0m'), 'CONTROL_CHARACTER');
  assert.equal(codeOf('a\tb\r\n'), 'accepted');
  assert.equal(codeOf(['a']), 'NOT_TEXT');
  assert.equal(codeOf('\udc00'), 'MALFORMED_UNICODE');
});

test('every term must begin a word; those that all begin a word of the name rank first', () => {
  const product = { name: 'Tea kettle', description: 'Boils water' };
  assert.equal(rankOf(product, ['te', 'ket']), 0);
  assert.equal(rankOf(product, ['ket', 'boil']), 1);
  assert.equal(rankOf(product, ['ettle']), null);
  assert.equal(rankOf(product, ['tea', 'coffee']), null);
  assert.equal(rankOf(product, ['wat']), 1);
  assert.equal(rankOf({ name: 'Café', description: 'x' }, searchTerms('CAFE')), 0);
  const long = { name: 'x'.repeat(40), description: 'x' };
  assert.equal(rankOf(long, searchTerms('x'.repeat(35))), 0, 'terms are cut alike on both sides');
});

test('the hash knows a search whatever the order of its terms', () => {
  const hash = (text: string | undefined) => {
    const parsed = parseSearch(text);
    assert(parsed.ok);
    return termsHash(parsed.value);
  };
  assert.equal(hash('tea kettle'), hash('Kettle TEA'));
  const distinct = [hash('tea'), hash('tea kettle'), hash(undefined), hash('🫖'), hash('nothing')];
  assert.equal(new Set(distinct).size, distinct.length);
});

test('a term is its own only term, so that a store may hold terms', () => {
  for (let point = 0; point <= 0x10ffff; point += 1) {
    if (point === 0xd800) point = 0xe000;
    for (const term of searchTerms(String.fromCodePoint(point)))
      assert.deepEqual(searchTerms(term), [term], `U+${point.toString(16)}`);
  }
});

test('a term never exceeds its limit and begins with a letter or digit', () => {
  for (const text of ['ﷺ'.repeat(50), '\u0e33'.repeat(100), '𐐀'.repeat(100), '한'.repeat(100), 'a\u0483'.repeat(100)])
    for (const term of searchTerms(text)) {
      assert([...term].length <= 32);
      assert.match(term, /^[\p{L}\p{N}]/u);
      assert(term.isWellFormed());
    }
});
