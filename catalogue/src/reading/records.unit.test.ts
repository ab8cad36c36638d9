import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLines } from './lines.ts';
import { readRecords, splitRecord } from './records.ts';

async function recordsOf(text: string) {
  async function* source() {
    yield Buffer.from(text);
  }
  const records = await Array.fromAsync(readRecords(readLines(source()), ','));
  return records.map(({ lines, fields }) => [lines[0].number, fields]);
}

test('fields are split at delimiters that are not within quotes', () => {
  const splits: [string, string[] | null][] = [
    ['', ['']],
    ['a,b', ['a', 'b']],
    [',', ['', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a ""b""",""', ['a "b"', '']],
    ['""""', ['"']],
    ['12" pan,5\' 11"', ['12" pan', '5\' 11"']],
    ['"Best" kettle,x', ['Best kettle', 'x']],
    [' "a",b', [' "a"', 'b']],
    ['a,"b', null],
    ['a,"b""', null],
  ];
  for (const [text, fields] of splits) assert.deepEqual(splitRecord(text, ','), fields, text);
  assert.deepEqual(splitRecord('a;"b;c"', ';'), ['a', 'b;c']);
});

test('a field in quotes goes over lines, and the number is that of the first', async () => {
  assert.deepEqual(await recordsOf('a,"one\ntwo ""x""\n\nthree",b\r\n\r\nc,d\r\n"e\r\nf",g'), [
    [1, ['a', 'one\ntwo "x"\n\nthree', 'b']],
    [6, ['c', 'd']],
    [7, ['e\nf', 'g']],
  ]);
});

test('a quote that is never closed costs its own line only', async () => {
  assert.deepEqual(await recordsOf('a,b\n"c,d\ne,f\ng,h'), [
    [1, ['a', 'b']],
    [2, null],
    [3, ['e', 'f']],
    [4, ['g', 'h']],
  ]);
  // Also when the end of the file is far away.
  const many = Array.from({ length: 60_000 }, (_, n) => `${n},x`);
  const records = await recordsOf(`"open,x\n${many.join('\n')}`);
  assert.deepEqual(records[0], [1, null]);
  assert.equal(records.length, 60_001);
  assert.deepEqual(records.at(-1), [60_001, ['59999', 'x']]);
});
