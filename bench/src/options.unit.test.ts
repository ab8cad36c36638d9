import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions } from './options.ts';

test('options have sane defaults, and quick ones', () => {
  const all = readOptions([]);
  assert.deepEqual(all, { only: [], stacks: ['embedded', 'engines'], rounds: 3, seconds: 5, quick: false, out: null });
  const quick = readOptions(['--quick', '--only', 'read', '--only', 'lag', '--stack', 'embedded', '--out', 'x.json']);
  assert.deepEqual(quick, {
    only: ['read', 'lag'],
    stacks: ['embedded'],
    rounds: 1,
    seconds: 1,
    quick: true,
    out: 'x.json',
  });
  assert.equal(readOptions(['--help']), null);
});

test('what is wrong is told', () => {
  assert.throws(() => readOptions(['--stack', 'x']), /embedded and engines/);
  assert.throws(() => readOptions(['--rounds', '0']), /--rounds 0/);
  assert.throws(() => readOptions(['--seconds', '1.5']), /--seconds 1.5/);
  assert.throws(() => readOptions(['--colour']), /--colour/);
});
