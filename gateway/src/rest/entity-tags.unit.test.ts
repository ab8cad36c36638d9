import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entityTag, matchesWeakly, parseEntityTags, strongVersions } from './entity-tags.ts';

test('a header is read as a list of tags, weak or strong', () => {
  assert.deepEqual(parseEntityTags('"3"'), [{ weak: false, value: '3' }]);
  assert.deepEqual(parseEntityTags(' W/"3" , "a,b",, "" ,'), [
    { weak: true, value: '3' },
    { weak: false, value: 'a,b' },
    { weak: false, value: '' },
  ]);
  assert.equal(parseEntityTags(' * '), '*');
});

test('what is no list of tags is malformed', () => {
  for (const header of ['', ',', '3', '"3', 'w/"3"', '"3" "4"', '*, "3"', '"a b"', 'W/3']) {
    assert.equal(parseEntityTags(header), null, header);
  }
});

test('a version is matched weakly by any tag with its number', () => {
  const tags = parseEntityTags('"1", W/"3"') ?? [];
  assert.equal(matchesWeakly(tags, entityTag(3)), true);
  assert.equal(matchesWeakly(tags, entityTag(2)), false);
  assert.equal(matchesWeakly('*', entityTag(2)), true);
  assert.equal(entityTag(3), '"3"');
});

test('only strong tags that a version can have are versions', () => {
  assert.deepEqual(
    strongVersions([
      { weak: false, value: '3' },
      { weak: true, value: '4' },
      { weak: false, value: '03' },
      { weak: false, value: '0' },
      { weak: false, value: '2147483648' },
      { weak: false, value: 'x' },
      { weak: false, value: '2147483647' },
    ]),
    [3, 2147483647],
  );
});
