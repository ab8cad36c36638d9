import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVersionFloor } from './version-floor.ts';

test('the highest version of each id stands', () => {
  const floor = createVersionFloor();
  assert.equal(floor.header(), undefined);
  assert.equal(floor.raise('a@2, b@1'), true);
  floor.raiseOne('a', 1n);
  floor.raiseOne('b', 3n);
  assert.equal(floor.of('a'), 2n);
  assert.equal(floor.of('c'), undefined);
  assert.equal(floor.header(), 'a@2,b@3');
});

test('a malformed header raises nothing', () => {
  for (const header of ['a', 'a@0', 'a@1,b@x', 'a@-1', 'a@1.5', 'a b@1', `${'a'.repeat(65)}@1`, 'a@1,'.repeat(3_000)]) {
    const floor = createVersionFloor();
    assert.equal(floor.raise(header), false, header.slice(0, 20));
    assert.equal(floor.header(), undefined);
  }
});

test('the number of ids is bounded: the ones longest known give way', () => {
  const floor = createVersionFloor();
  for (let id = 0; id < 70; id += 1) floor.raiseOne(String(id), 1n);
  assert.equal(floor.of('5'), undefined);
  assert.equal(floor.of('6'), 1n);
  assert.equal(floor.header()?.split(',').length, 64);
});
