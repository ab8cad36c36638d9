import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CursorKey, createCursors } from './cursor.ts';

const key = (id: string): CursorKey => ({ id, secret: randomBytes(32) });
const first = key('first');
const topic = { log: 'cluster-a', topic: 'products.events.v1', partitions: 3 };
const cursors = createCursors({ ...topic, keys: [first] });

test('positions come back from a cursor as they were', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat(), { minLength: 3, maxLength: 3 }), (positions) => {
      assert.deepEqual(cursors.read(cursors.write(positions)), positions);
    }),
  );
});

test('a cursor that was changed anywhere is none', () => {
  const cursor = cursors.write([1, 20_000, 3]);
  const bytes = Buffer.from(cursor, 'base64url');
  for (let index = 0; index < bytes.length * 8; index += 1) {
    const forged = Buffer.from(bytes);
    forged[index >> 3]! ^= 1 << (index & 7);
    assert.equal(cursors.read(forged.toString('base64url')), null, `bit ${index}`);
  }
  for (const text of ['', 'x', `${cursor}=`, `${cursor} `, cursor.slice(1), cursor + cursor, 'A'.repeat(5_000)])
    assert.equal(cursors.read(text), null, text.slice(0, 40));
});

test('a cursor is bound to its log, its topic and the number of partitions', () => {
  const cursor = cursors.write([1, 2, 3]);
  const others = [{ log: 'cluster-b' }, { topic: 'orders.events.v1' }, { partitions: 4 }];
  for (const other of others)
    assert.equal(createCursors({ ...topic, keys: [first], ...other }).read(cursor), null, JSON.stringify(other));
});

test('keys are rotated by their ids: the new one signs, both are accepted until the old one is taken away', () => {
  const second = key('second');
  const both = createCursors({ ...topic, keys: [second, first] });
  const old = cursors.write([1, 2, 3]);
  const fresh = both.write([4, 5, 6]);
  assert.deepEqual(both.read(old), [1, 2, 3]);
  assert.deepEqual(both.read(fresh), [4, 5, 6]);
  assert.equal(cursors.read(fresh), null);
  assert.equal(createCursors({ ...topic, keys: [second] }).read(old), null);
  const imposter = createCursors({ ...topic, keys: [key('first')] });
  assert.equal(cursors.read(imposter.write([1, 2, 3])), null, 'the id alone is no proof');
});
