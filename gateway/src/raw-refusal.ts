import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { TRACE_ID_HEADER, type TraceContext, traceIdOf } from '@tributary/service';
import { errorBodyOf, type Refusal } from './rest/answer.ts';

export interface RawRefusal {
  readonly status: number;
  readonly refusal: Refusal;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Refuses over a connection for which there is no reply, with what every refusal has, and closes it. */
export function refuseOverSocket(
  socket: Duplex,
  { status, refusal, headers }: RawRefusal,
  { requestId, trace }: { readonly requestId: string; readonly trace: TraceContext },
): void {
  const traceId = traceIdOf(trace);
  const body = JSON.stringify(errorBodyOf(status, refusal, { requestId, traceId }));
  const fields = {
    'x-request-id': requestId,
    [TRACE_ID_HEADER]: traceId,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`, () => socket.destroy());
}
