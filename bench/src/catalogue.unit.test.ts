import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseProductId, rankOf } from '@tributary/product';
import { idAt, productAt } from './catalogue.ts';

test('the products of a catalogue are products, each with an id of its own', () => {
  const ids = Array.from({ length: 2_000 }, (_, n) => idAt(n));
  assert.equal(new Set(ids).size, ids.length);
  for (const id of ids) assert.deepEqual(parseProductId(id), { ok: true, value: id });
  assert.equal(idAt(7), idAt(7));
});

test('one search finds every product, another some', () => {
  const products = Array.from({ length: 100 }, (_, n) => productAt(n));
  assert(products.every((product) => rankOf(product, ['made']) === 1));
  const kettles = products.filter((product) => rankOf(product, ['kettle', 'steel']) !== null);
  assert(kettles.length > 0 && kettles.length < 20);
});
