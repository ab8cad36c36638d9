import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { newTraceContext } from '@tributary/service';
import { type RawRefusal, refuseOverSocket } from './raw-refusal.ts';

/** Answers what cannot be read as HTTP, for which there is no request and no reply, and closes the connection. */
export function answerUnreadable(error: Error & { readonly code?: unknown }, socket: Duplex): void {
  // Whoever has gone reads no answer.
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  refuseOverSocket(socket, refusalOf(error.code), { requestId: randomUUID(), trace: newTraceContext() });
}

function refusalOf(code: unknown): RawRefusal {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, refusal: { code: 'HEADERS_TOO_LARGE', message: 'The headers are larger than 16 KiB.' } };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, refusal: { code: 'REQUEST_TIMEOUT', message: 'The request did not arrive in time.' } };
    default:
      return { status: 400, refusal: { code: 'BAD_REQUEST', message: 'The request is malformed.' } };
  }
}
