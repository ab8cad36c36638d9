import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTendingRule } from './tending.ts';

const generations = (serving: bigint, other: bigint, unproven: string[] = []) => ({
  serving: 'a',
  switches: 0,
  maintained: new Map([
    ['a', new Map([[0, serving]])],
    ['b', new Map([[0, other]])],
  ]),
  unproven: new Set(unproven),
  isLeased: false,
});

test('a generation that moves, or is no less far than the one that serves, follows by itself', () => {
  const needsTending = createTendingRule();
  assert.equal(needsTending(generations(9n, 5n)), false, 'it may be about to move');
  assert.equal(needsTending(generations(9n, 6n)), false);
  assert.equal(needsTending(generations(9n, 9n)), false);
  assert.equal(needsTending(generations(9n, 9n)), false);
});

test('one that stands still behind the one that serves was passed by', () => {
  const needsTending = createTendingRule();
  assert.equal(needsTending(generations(9n, 5n)), false);
  assert.equal(needsTending(generations(9n, 5n)), true);
});

test('one that has never served was left by its builder', () => {
  assert.equal(createTendingRule()(generations(9n, 9n, ['b'])), true);
});
