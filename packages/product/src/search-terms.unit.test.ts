import assert from 'node:assert/strict';
import { test } from 'node:test';
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
] as const) {
  test(`the terms of ${text.slice(0, 20)}`, () => assert.deepEqual(searchTerms(text), terms));
}

test('a text without a term finds nothing, no text finds everything', () => {
  for (const text of ['.*', '🫖', '"'])
    assert.deepEqual(parseSearch(text), { ok: true, value: { matches: 'nothing' } });
  for (const text of [undefined, null, '', '  '])
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
  assert.equal(codeOf('a\u0000'), 'CONTROL_CHARACTER');
  assert.equal(codeOf('\udc00'), 'MALFORMED_UNICODE');
});

test('every term must begin a word; those that all begin a word of the name rank first', () => {
  const product = { name: 'Tea kettle', description: 'Boils water' };
  assert.equal(rankOf(product, ['te', 'ket']), 0);
  assert.equal(rankOf(product, ['ket', 'boil']), 1);
  assert.equal(rankOf(product, ['ettle']), null);
  assert.equal(rankOf(product, ['tea', 'coffee']), null);
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
