import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type AddressInfo, connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { until } from '@tributary/service/testing';
import Fastify from 'fastify';
import { readRefusedBodies } from './refused-bodies.ts';
import { testGateway } from './testing/gateway.ts';

/** A connection, what came back over it, and how it ended. */
function connectTo(t: TestContext, port: number) {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  t.after(() => socket.destroy());
  let answers = '';
  let end: string | undefined;
  socket.on('data', (data) => {
    answers += data;
  });
  socket.on('error', (error) => {
    end = error.message;
  });
  socket.on('end', () => {
    end = 'closed';
  });
  return { socket, answers: () => answers, end: () => end };
}

function inChunks(body: Buffer): Buffer {
  const chunks = Array.from({ length: Math.ceil(body.length / 65_536) }, (_, n) =>
    body.subarray(n * 65_536, (n + 1) * 65_536),
  );
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...framed, Buffer.from('0\r\n\r\n')]);
}

test('a body that is too large may be sent to its end, so that its sender reads the answer', async (t) => {
  const { port } = await testGateway(t);
  const large = randomBytes(8 * 1024 * 1024);
  const zipped = gzipSync(large, { level: 0 });
  for (const [what, header, body] of [
    ['a length', `Content-Length: ${large.length}`, large],
    ['chunks', 'Transfer-Encoding: chunked', inChunks(large)],
    ['a packed body', `Content-Encoding: gzip\r\nContent-Length: ${zipped.length}`, zipped],
    ['packed chunks', 'Content-Encoding: gzip\r\nTransfer-Encoding: chunked', inChunks(zipped)],
  ] as const)
    for (const path of ['/graphql', '/api/v1/products']) {
      const connection = connectTo(t, port);
      const { socket } = connection;
      socket.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${header}\r\n\r\n`);
      const half = body.length / 2;
      socket.write(body.subarray(0, half));
      await until(`it is refused: ${what}`, () => connection.answers().includes('}'));
      // Whoever closes a connection on which something unread arrives, takes back what was answered.
      socket.write(body.subarray(half));
      socket.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
      await until(
        `the next is answered: ${what}`,
        () => connection.end() !== undefined || connection.answers().includes('HTTP/1.1 200 '),
      );
      assert.equal(connection.end(), undefined, `${what} ${path}`);
      assert.match(connection.answers(), /^HTTP\/1.1 413 /, `${what} ${path}`);
    }
});

test('who does not send the rest of it is cut off, who does is not', async (t) => {
  const app = Fastify({ bodyLimit: 10 });
  readRefusedBodies(app, 100);
  app.post('/', async () => 'taken');
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const [half, whole] = [connectTo(t, port), connectTo(t, port)];
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 20\r\n\r\n';
  whole.socket.write(`${head}ten of the `);
  await until('it is refused', () => whole.answers().includes('}'));
  whole.socket.write('and more ');
  half.socket.write(`${head}ten of the `);
  await until('it is cut off', () => half.end() !== undefined);
  assert.match(half.answers(), /^HTTP\/1.1 413 /);
  assert.equal(whole.end(), undefined);
});
