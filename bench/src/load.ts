import autocannon from 'autocannon';

export interface Request {
  method: 'GET' | 'POST';
  path: string;
  body?: string;
}

export interface LoadOptions {
  url: string;
  connections: number;
  seconds: number;
  /** The n-th request. */
  request(n: number): Request;
  /** Whether an answer is what the request asked for. */
  isRight(body: string): boolean;
}

export interface Loaded {
  operations: number;
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Answers that were not what was asked for, failed connections, time-outs. */
  failures: number;
}

/** Sends requests over a number of connections, one at a time each, for some seconds. */
export async function load({ url, connections, seconds, request, isRight }: LoadOptions): Promise<Loaded> {
  let count = 0;
  const { latency, errors, timeouts, non2xx, mismatches, duration, ...result } = await autocannon({
    url,
    connections,
    duration: seconds,
    timeout: 20,
    requests: [
      {
        setupRequest(base) {
          const { method, path, body } = request(count++);
          const headers = { ...base.headers, ...(body !== undefined && { 'content-type': 'application/json' }) };
          return { ...base, method, path, headers, ...(body !== undefined && { body }) };
        },
      },
    ],
    verifyBody: (body) => isRight(String(body)),
  });
  const operations = result['2xx'];
  return {
    operations,
    perSecond: operations / duration,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    failures: errors + timeouts + non2xx + (mismatches ?? 0),
  };
}
