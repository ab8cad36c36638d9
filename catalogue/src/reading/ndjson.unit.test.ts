import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLines } from './lines.ts';
import { readNdjson } from './ndjson.ts';

async function rowsOf(text: string) {
  async function* source() {
    yield Buffer.from(text, 'latin1');
  }
  return Array.fromAsync(readNdjson(readLines(source())));
}

test('each line is a row, and what is not used of it is left out', async () => {
  const rows = await rowsOf('{"key":"k","name":"Pan","description":"a\\nb","price":"1","stock":7}\r\n\n{"name":"Pot"}');
  assert.deepEqual(rows, [
    { line: 1, fields: { key: 'k', name: 'Pan', description: 'a\nb', price: '1' } },
    { line: 3, fields: { key: undefined, name: 'Pot', description: undefined, price: undefined } },
  ]);
});

test('a number is what is written, not what a double makes of it', async () => {
  const rows = await rowsOf('{"key":12345678901234567890,"price":19.9900000000000000001}\n{"price":1e2}');
  assert.deepEqual(
    rows.map((row) => 'fields' in row && [row.fields.key, row.fields.price]),
    [
      ['12345678901234567890', '19.9900000000000000001'],
      [undefined, '1e2'],
    ],
  );
});

test('lines that are no objects are told', async () => {
  const rows = await rowsOf('{"name":\n[1]\nnull\n"x"\nM\xfctze\n{"name":"Pan"}');
  assert.deepEqual(
    rows.map((row) => ('unreadable' in row ? [row.line, row.unreadable.reason] : [row.line, 'fine'])),
    [
      [1, 'the line is not JSON'],
      [2, 'the line is not a JSON object'],
      [3, 'the line is not a JSON object'],
      [4, 'the line is not a JSON object'],
      [5, 'the line is not UTF-8'],
      [6, 'fine'],
    ],
  );
});
