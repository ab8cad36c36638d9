import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCreate } from '@tributary/product';
import { readCsv } from '../reading/csv.ts';
import { readLines } from '../reading/lines.ts';
import { readNdjson } from '../reading/ndjson.ts';
import { generateProduct } from './product.ts';
import { generatedRows } from './rows.ts';
import { catalogueText } from './write.ts';

test('the same seed and number give the same product, others give others', () => {
  assert.deepEqual(generateProduct(1, 1_000), generateProduct(1, 1_000));
  const names = new Set(Array.from({ length: 20_000 }, (_, n) => generateProduct(1, n + 1).name));
  assert.equal(names.size, 20_000);
  assert.notEqual(generateProduct(2, 1).name, generateProduct(1, 1).name);
  // Fixed for ever: what was imported is known again by its content.
  assert.deepEqual(generateProduct(1, 1), {
    key: 'generated-1-1',
    name: 'Ember cast iron saucepan, 1 l, EM-0001',
    description:
      'Kitchen. Saucepan of our Ember range, cast iron, in rust (1 l). Goes into the dishwasher and comes out as it went in. Article EM-0001.',
    price: '14.99',
  });
});

test('every product passes the rules, and prices are spread', () => {
  const prices = new Set<string>();
  for (let number = 1; number <= 5_000; number++) {
    const product = generateProduct(3, number);
    assert.ok(parseCreate(product, { caller: 'anonymous', nowMs: 0 }).ok, JSON.stringify(product));
    prices.add(product.price);
  }
  assert.ok(prices.size > 500);
});

test('a file of generated products gives the rows that are imported without a file', async () => {
  const products = { count: 1_201, seed: 4 };
  const rows = await Array.fromAsync(generatedRows(products).rows());
  assert.equal(rows.length, 1_201);
  async function* bytes(format: 'csv' | 'ndjson') {
    for (const piece of catalogueText(products, format)) yield Buffer.from(piece);
  }
  assert.deepEqual(await Array.fromAsync(readNdjson(readLines(bytes('ndjson')))), rows);
  const fromCsv = await Array.fromAsync(readCsv(readLines(bytes('csv'))));
  assert.deepEqual(
    fromCsv.map((row) => 'fields' in row && row.fields),
    rows.map((row) => 'fields' in row && row.fields),
  );
});
