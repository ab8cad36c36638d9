import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSearch, type Search } from '@tributary/product';
import { encodeCursor, parseCursor } from './cursor.ts';

const position = { rank: 1, createdAtMs: 1_700_000_000_123n, id: '0199c0de-0000-7000-8000-000000000001' };

function searchFor(text: string): Search {
  const parsed = parseSearch(text);
  assert(parsed.ok);
  return parsed.value;
}

test('a cursor comes back as the position it was made of', () => {
  const cursor = encodeCursor(position, searchFor('blue kettle'));
  assert.match(cursor, /^[\w-]+$/);
  assert.deepEqual(parseCursor(cursor, searchFor('KETTLE  Blue')), { ok: true, position });
});

test('a cursor of another search is told apart', () => {
  const cursor = encodeCursor(position, searchFor('kettle'));
  for (const text of ['', 'kettles', '.*']) {
    const parsed = parseCursor(cursor, searchFor(text));
    assert.equal(!parsed.ok && parsed.code, 'CURSOR_OF_ANOTHER_SEARCH', text);
  }
});

test('whatever else is refused as malformed', () => {
  const search = searchFor('kettle');
  const good = encodeCursor(position, search);
  const forge = (parts: unknown) => Buffer.from(JSON.stringify(parts)).toString('base64url');
  const [rank, createdAtMs, id, hash] = JSON.parse(Buffer.from(good, 'base64url').toString());
  for (const bad of [
    '',
    'x',
    '🫖',
    `${good}=`,
    ` ${good}`,
    good.slice(0, -2),
    'a'.repeat(100_000),
    forge(null),
    forge({ rank, createdAtMs, id, hash }),
    forge([2, createdAtMs, id, hash]),
    forge([rank, -1, id, hash]),
    forge([rank, 1.5, id, hash]),
    forge([rank, createdAtMs, 'x', hash]),
    forge([rank, createdAtMs, id.toUpperCase(), hash]),
    forge([rank, createdAtMs, id, 7]),
    forge([rank, createdAtMs, id, hash, 1]),
  ]) {
    const parsed = parseCursor(bad, search);
    assert.equal(!parsed.ok && parsed.code, 'MALFORMED_CURSOR', bad.slice(0, 80));
  }
});
