import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spansIn } from './spans-in.ts';

const field = (number: number, ...content: (number | Uint8Array)[]) => {
  const bytes = Buffer.concat(content.map((part) => (typeof part === 'number' ? Buffer.of(part) : part)));
  // Two bytes of length, as for messages of 128 bytes and more.
  return Buffer.concat([Buffer.of(number * 8 + 2, (bytes.length & 127) | 128, bytes.length >> 7), bytes]);
};
const span = field(2, field(5, Buffer.alloc(200)));

test('the spans of all resources and scopes are counted, and nothing else is', () => {
  const attribute = field(1, field(1, 65));
  const scope = field(1, field(1, 66));
  const schema = field(3, 67);
  const one = field(1, field(1, attribute), field(2, scope, span, span, schema), field(2, span));
  const [varint, fixed32] = [Buffer.of(5 * 8, 200, 1), Buffer.of(6 * 8 + 5, 1, 2, 3, 4)];
  const fixed64 = Buffer.of(7 * 8 + 1, 1, 2, 3, 4, 5, 6, 7, 8);
  const other = field(1, field(2, varint, fixed32, fixed64, span));
  assert.equal(spansIn(Buffer.concat([one, other])), 4);
  assert.equal(spansIn(Buffer.alloc(0)), 0);
});

test('what is cut off is no request', () => {
  assert.throws(() => spansIn(Buffer.of(10, 200)), /in the middle of a number/);
});
