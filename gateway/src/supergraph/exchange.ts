import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher, Pool } from 'undici';

export interface ExchangeLimits {
  /** For the whole exchange, the wait for a connection included, in milliseconds. */
  readonly deadlineMs: number;
  readonly maxResponseBytes: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type ExchangeFailure = 'DEADLINE' | 'TOO_LARGE' | 'CONNECTION';

export class ExchangeError extends Error {
  override readonly name = 'ExchangeError';
  readonly code: ExchangeFailure;
  /** The request may have reached the server. */
  readonly sent: boolean;

  constructor(code: ExchangeFailure, sent: boolean, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.sent = sent;
  }
}

/**
 * One HTTP request and its whole answer, whatever the status. Made on `Pool.dispatch` because the layers above it
 * (fetch, streams) cost several times the gateway's own work on a query.
 * @throws ExchangeError
 */
export function exchange(
  pool: Pool,
  request: Dispatcher.DispatchOptions,
  { deadlineMs, maxResponseBytes }: ExchangeLimits,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let failure: ExchangeError | undefined;
    let status = 0;
    let headers: IncomingHttpHeaders = {};
    let sizeBytes = 0;
    const chunks: Buffer[] = [];

    function fail(code: ExchangeFailure, message: string): void {
      failure ??= new ExchangeError(code, controller !== undefined, message);
      clearTimeout(timer);
      reject(failure);
      controller?.abort(failure);
    }
    const timer = setTimeout(() => fail('DEADLINE', `no answer within ${deadlineMs} ms`), deadlineMs);

    pool.dispatch(request, {
      onRequestStart(started) {
        controller = started;
        if (failure) started.abort(failure);
      },
      onResponseStart(_, statusCode, responseHeaders) {
        status = statusCode;
        headers = responseHeaders;
      },
      onResponseData(_, chunk) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxResponseBytes) fail('TOO_LARGE', `an answer of more than ${maxResponseBytes} bytes`);
        else chunks.push(chunk);
      },
      onResponseEnd() {
        clearTimeout(timer);
        resolve({ status, headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) });
      },
      onResponseError(_, error) {
        clearTimeout(timer);
        reject(failure ?? new ExchangeError('CONNECTION', controller !== undefined, error.message, { cause: error }));
      },
    });
  });
}
