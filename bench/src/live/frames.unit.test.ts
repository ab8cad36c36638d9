import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clientFrame, createFrameReader, Opcode } from './frames.ts';

/** As a server sends it: without a mask. */
function serverFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const masked = clientFrame(Opcode.TEXT, payload);
  const head = masked.subarray(0, masked.length - payload.length - 4);
  head[1]! &= 0x7f;
  return Buffer.concat([head, payload]);
}

for (const chunkBytes of [1, 3, 1_000, 1_000_000])
  test(`frames of every length are read from chunks of ${chunkBytes} bytes`, () => {
    const lengths = [0, 1, 125, 126, ...(chunkBytes < 1_000 ? [300] : [65_535, 65_536]), 7];
    const sent = lengths.map((length) => 'x'.repeat(length));
    const bytes = Buffer.concat(sent.map(serverFrame));
    const got: string[] = [];
    const read = createFrameReader((opcode, data, start, end) => {
      assert.equal(opcode, Opcode.TEXT);
      got.push(data.toString('utf8', start, end));
    });
    // The same memory each time, as sockets read into it.
    const shared = Buffer.alloc(chunkBytes);
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      const length = bytes.copy(shared, 0, at, at + chunkBytes);
      read(shared.subarray(0, length));
    }
    assert.deepEqual(got, sent);
  });

test('a frame to a server is masked', () => {
  assert.deepEqual([...clientFrame(Opcode.PONG, Buffer.from('ab'))], [0x8a, 0x82, 0, 0, 0, 0, 97, 98]);
});
