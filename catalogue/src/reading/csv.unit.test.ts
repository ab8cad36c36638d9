import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv } from './csv.ts';
import { readLines } from './lines.ts';

async function rowsOf(...chunks: (string | Buffer)[]) {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk as string);
  }
  return Array.fromAsync(readCsv(readLines(source())));
}
const fields = { key: 'k1', name: 'Pan', description: 'Round, flat', price: '9.90' };

test('the header names the columns, in any order, with others and in any case', async () => {
  assert.deepEqual(await rowsOf('key,name,description,price\nk1,Pan,"Round, flat",9.90\n'), [{ line: 2, fields }]);
  assert.deepEqual(await rowsOf('\uFEFF\n Price ,stock,NAME,key,"description"\r\n9.90,7,Pan,k1,"Round, flat"\r\n'), [
    { line: 3, fields },
  ]);
  assert.deepEqual(await rowsOf('name,description,price\nPan,Flat,1\n'), [
    { line: 2, fields: { key: undefined, name: 'Pan', description: 'Flat', price: '1' } },
  ]);
});

test('columns may be separated by semicolons or tabs', async () => {
  for (const delimiter of [';', '\t']) {
    const text = [
      ['key', 'name', 'description', 'price'],
      ['k1', 'Pan', 'Round, flat', '9.90'],
    ];
    assert.deepEqual(await rowsOf(text.map((row) => row.join(delimiter)).join('\n')), [{ line: 2, fields }]);
  }
});

test('a header that will not do is told in a sentence', async () => {
  const messages: [string, RegExp][] = [
    ['', /^the file is empty/],
    ['\n\n', /^the file is empty/],
    ['key,name,description,cost\n', /^the header has no column price; it is: key,name,description,cost$/],
    ['Pan,Flat,9.90\n', /no column name, description, price/],
    ['name,description,price,name\n', /^the header has the column name twice$/],
    ['key,name,description,price,Key\n', /^the header has the column key twice$/],
  ];
  for (const [text, message] of messages)
    await assert.rejects(rowsOf(text), (error: Error) => error.name === 'ImportError' && message.test(error.message));
  await assert.rejects(rowsOf(Buffer.from([0x1f, 0x8b, 0x08, 0x00])), /not UTF-8 text/);
});

test('rows that cannot be read are told with their line, and cost no other', async () => {
  const rows = await rowsOf(
    ...['name,description,price\n', 'a,b\n', 'Pan,Round, flat,1\n', Buffer.from('M\xfctze,x,1\n', 'latin1')],
    ...['Pan,"two\nlines, ', Buffer.from([0xff]), '",1\n', '"open,x,1\n', 'Pan,Flat,1\n'],
  );
  const told = rows.map((row) =>
    'unreadable' in row ? [row.line, row.unreadable.code, row.text] : [row.line, 'fine'],
  );
  assert.deepEqual(told, [
    [2, 'UNREADABLE', 'a,b'],
    [3, 'UNREADABLE', 'Pan,Round, flat,1'],
    [4, 'MALFORMED_UNICODE', 'M\uFFFDtze,x,1'],
    [5, 'MALFORMED_UNICODE', 'Pan,"two\nlines, \uFFFD",1'],
    [7, 'UNREADABLE', '"open,x,1'],
    [8, 'fine'],
  ]);
});
