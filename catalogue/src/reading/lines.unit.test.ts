import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINE_MAX_BYTES, type Line, readLines } from './lines.ts';

async function linesOf(...chunks: (string | Buffer)[]): Promise<Line[]> {
  async function* source() {
    for (const chunk of chunks) yield Buffer.from(chunk as string);
  }
  return Array.fromAsync(readLines(source()));
}

test('lines are found wherever the chunks are cut, within a character too', async () => {
  const bytes = Buffer.from('Öl\r\n\nü🎉');
  const expected = [
    { number: 1, text: 'Öl\r' },
    { number: 2, text: '' },
    { number: 3, text: 'ü🎉' },
  ];
  for (let cut = 0; cut <= bytes.length; cut++)
    assert.deepEqual(await linesOf(bytes.subarray(0, cut), bytes.subarray(cut)), expected);
  assert.deepEqual(await linesOf('last\n'), [{ number: 1, text: 'last' }]);
  assert.deepEqual(await linesOf(), []);
});

test('a byte order mark is no part of the text, and UTF-16 is told', async () => {
  assert.deepEqual(await linesOf('\uFEFFname\n\uFEFFx'), [
    { number: 1, text: 'name' },
    { number: 2, text: '\uFEFFx' },
  ]);
  await assert.rejects(linesOf(Buffer.from('\uFEFFname\n', 'utf16le')), /UTF-16/);
});

test('a line that is not UTF-8 is told and costs no other', async () => {
  const [, second, third] = await linesOf('one\n', Buffer.from('M\xfctze\n', 'latin1'), 'three\n');
  assert.deepEqual(second, { number: 2, text: 'M\uFFFDtze', fault: 'MALFORMED_UNICODE' });
  assert.deepEqual(third, { number: 3, text: 'three' });
});

test('a line may be long, a longer one is told and not kept', async () => {
  const longest = 'x'.repeat(LINE_MAX_BYTES);
  const [first, second, third] = await linesOf(longest, '\n', longest, 'y', longest, '\nend');
  assert.deepEqual([first?.text.length, first?.fault], [LINE_MAX_BYTES, undefined]);
  assert.equal(second?.fault, 'TOO_LARGE');
  assert.ok((second?.text.length ?? 0) < 1_000);
  assert.deepEqual(third, { number: 3, text: 'end' });
});
