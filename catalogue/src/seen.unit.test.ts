import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contentDigest } from './keys.ts';
import { openSeenRows } from './seen.ts';

const digestOf = (name: string) => contentDigest({ name, description: 'd', price: '1' });

test('it counts equal contents and remembers where a key came first', () => {
  const seen = openSeenRows();
  const [pan, pot] = [digestOf('Pan'), digestOf('Pot')];
  assert.deepEqual([pan, pot, pan, pan].map(seen.occurrence), [1, 1, 2, 3]);
  assert.equal(seen.first('a', pan, 2), null);
  assert.equal(seen.first('b', pan, 3), null);
  assert.deepEqual(seen.first('a', pan, 4), { line: 2, isSame: true });
  assert.deepEqual(seen.first('a', pot, 5), { line: 2, isSame: false });
  seen.close();
});

test('more rows than memory is set aside for are told apart', () => {
  const seen = openSeenRows();
  const count = 50_000;
  for (let n = 0; n < count; n++) assert.equal(seen.first(`key ${n}`, digestOf(`${n}`), n), null);
  assert.deepEqual(seen.first('key 7', digestOf('7'), count), { line: 7, isSame: true });
  seen.close();
});
