import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { errorBody } from './rest/schemas.ts';
import { testGateway } from './testing/gateway.ts';

/** What comes back over a connection on which just this was sent. */
async function answerTo(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.write(text);
  await once(socket, 'close');
  return answer;
}

test('what is no HTTP gets the error body of every answer, with its request id, and a closed connection', async (t) => {
  const { port } = await testGateway(t);
  for (const [text, status, code] of [
    ['FOO / HTTP/1.1\r\nHost: a\r\n\r\n', 400, 'BAD_REQUEST'],
    ['GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n', 400, 'BAD_REQUEST'],
    [`GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
  ] as const) {
    const [head = '', body = ''] = (await answerTo(port, text)).split('\r\n\r\n');
    assert.match(head, new RegExp(`^HTTP/1.1 ${status} `), head);
    assert.match(head, /^connection: close\r?$/m);
    const parsed = errorBody.parse(JSON.parse(body));
    assert.deepEqual([parsed.status, parsed.error], [status, code]);
    assert.match(head, new RegExp(`^x-request-id: ${parsed.requestId}\r?$`, 'm'));
    assert.match(head, new RegExp(`^trace-id: ${parsed.traceId}\r?$`, 'm'));
  }
});
