import assert from 'node:assert/strict';
import { test } from 'node:test';
import { table } from './table.ts';

test('columns are aligned, numbers at the right', () => {
  const rows = [
    ['products.commands.v1', 6, null],
    ['dlq', 1_234, 'kept'],
  ];
  assert.equal(
    table({ head: ['topic', 'records', 'note'], rows }),
    [
      'topic                 records  note',
      'products.commands.v1        6',
      'dlq                     1,234  kept',
      '',
    ].join('\n'),
  );
  assert.equal(table({ rows: [['one', 'two']] }), 'one  two\n');
  assert.equal(table({ head: ['none'], rows: [] }), 'none\n');
});

test('the widest cells are cut to the width of the screen, the others stay whole', () => {
  const lines = (width: number) => table({ rows: [['id-0123', 'x'.repeat(40), 'y'.repeat(20)]], width }).trimEnd();
  assert.equal(lines(71), `id-0123  ${'x'.repeat(40)}  ${'y'.repeat(20)}`);
  assert.equal(lines(60), `id-0123  ${'x'.repeat(28)}…  ${'y'.repeat(20)}`);
  assert.equal(lines(41).length, 41);
  assert.match(lines(41), /^id-0123 {2}x+… {2}y+…$/);
  assert.match(lines(5), /^id-0123 {2}x{7}… {2}y{7}…$/);
});

test('what a terminal would take for an order is not printed', () => {
  assert.equal(table({ rows: [['a\u001b[31mb\r\nc\u202ed']] }), 'a [31mb c d\n');
});
