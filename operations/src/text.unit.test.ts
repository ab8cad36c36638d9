import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageText, durationText, progressText, sheet } from './text.ts';

test('durations show in their largest whole unit, ages in the largest of which there is one', () => {
  assert.deepEqual([259_200_000, 86_400_000, 129_600_000, 90_000, 1_500].map(durationText), [
    ...['3 days', '1 day', '36 h', '90 s', '1500 ms'],
  ]);
  assert.deepEqual([260_000_000, 90_000, 1_500, 20].map(ageText), ['3 days', '1 min', '1 s', '20 ms']);
});

test('an object shows with a line for everything that it holds', () => {
  const object = { id: 'a', inner: { count: 1_234, gone: null, yes: true, empty: '' }, list: ['x', 'y'], none: [] };
  assert.equal(
    sheet(object, undefined),
    [
      'id           a',
      'inner.count  1,234',
      'inner.gone   -',
      'inner.yes    yes',
      'inner.empty  -',
      'list         x, y',
      'none         -',
      '',
    ].join('\n'),
  );
  assert.equal(sheet({ rows: [{ a: 1 }, { a: 2 }] }, undefined), 'rows.0.a  1\nrows.1.a  2\n');
});

test('progress is told in one line, whatever an operation tells of it', () => {
  assert.equal(
    progressText('products.history', { records: 500, total: 2_000 }),
    'products.history: 25 %, 500 of 2,000 records',
  );
  const building = { phase: 'exporting', products: 12_000, outcomes: 3, perSecond: 9_000 };
  assert.equal(progressText('rebuild', building), 'rebuild: exporting, 12,000 products, 3 outcomes, 9,000/s');
  assert.equal(progressText('rebuild', 'waiting'), 'rebuild: waiting');
});
