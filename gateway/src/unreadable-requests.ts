import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { newTraceContext, TRACE_ID_HEADER, traceIdOf } from '@tributary/service';
import { errorBodyOf, type Refusal } from './rest/answer.ts';

/** Answers what cannot be read as HTTP, for which there is no request and no reply, and closes the connection. */
export function answerUnreadable(error: Error & { readonly code?: unknown }, socket: Duplex): void {
  // Whoever has gone reads no answer.
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const [status, refusal] = refusalOf(error.code);
  const requestId = randomUUID();
  const traceId = traceIdOf(newTraceContext());
  const body = JSON.stringify(errorBodyOf(status, refusal, { requestId, traceId }));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `x-request-id: ${requestId}`,
    `${TRACE_ID_HEADER}: ${traceId}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function refusalOf(code: unknown): [status: number, refusal: Refusal] {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return [431, { code: 'HEADERS_TOO_LARGE', message: 'The headers are larger than 16 KiB.' }];
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return [408, { code: 'REQUEST_TIMEOUT', message: 'The request did not arrive in time.' }];
    default:
      return [400, { code: 'BAD_REQUEST', message: 'The request is malformed.' }];
  }
}
