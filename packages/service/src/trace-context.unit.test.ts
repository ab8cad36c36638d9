import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newTraceContext, traceContextOf, traceHeaders, traceIdOf } from './trace-context.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('a well-formed context passes through', () => {
  const context = traceContextOf({ traceparent, tracestate: 'vendor=1' });
  assert.deepEqual(traceHeaders(context), { traceparent, tracestate: 'vendor=1' });
  assert.equal(traceIdOf(context), '0af7651916cd43dd8448eb211c80319c');
});

for (const [why, malformed] of Object.entries({
  absent: undefined,
  'not hexadecimal': '00-zzf7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  'trace id of zeros': '00-00000000000000000000000000000000-b7ad6b7169203331-01',
  'span id of zeros': '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
  'with a line break': `${traceparent}\r\nx: y`,
})) {
  test(`a new trace begins where traceparent is ${why}`, () => {
    const context = traceContextOf({ traceparent: malformed, tracestate: 'vendor=1' });
    assert.match(context.traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
    assert.equal(context.tracestate, undefined);
    assert.notEqual(context.traceparent, malformed);
  });
}

test('traces are distinct', () => {
  assert.notEqual(traceIdOf(newTraceContext()), traceIdOf(newTraceContext()));
});
