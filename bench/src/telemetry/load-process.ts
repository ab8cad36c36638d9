import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';
import { offer } from '../live/offer.ts';
import { type Operation, type OperationName, operationOf } from './operations.ts';

// A load that goes on while what it loads is switched.
const CONNECTIONS = 32;

export interface LoadArguments {
  readonly url: string;
  readonly operation: OperationName;
}

/** What was done since it was last asked for. */
export interface Done {
  readonly operations: number;
  /** Answers that were not what was asked for, and requests without one. */
  readonly failures: number;
  readonly latenciesMs: readonly number[];
}

let done: { operations: number; failures: number; latenciesMs: number[] } = empty();
let end = async () => {};

function empty() {
  return { operations: 0, failures: 0, latenciesMs: [] };
}

offer({
  async start({ url, operation }: LoadArguments) {
    await stop();
    const pool = new Pool(url, { connections: CONNECTIONS });
    const request = (n: number) => once(pool, operationOf(operation), n);
    const { perSecond } = operationOf(operation);
    const stopRequests = perSecond === undefined ? sendAsAnswered(request) : sendAt(perSecond, request);
    end = async () => {
      await stopRequests();
      await pool.close();
    };
  },
  stop,
  take(): Done {
    const taken = done;
    done = empty();
    return taken;
  },
});

async function once(pool: Pool, { body, isRight }: Operation, n: number): Promise<void> {
  const startedMs = performance.now();
  const headers = { 'content-type': 'application/json' };
  try {
    const answer = await pool.request({ method: 'POST', path: '/graphql', headers, body: body(n) });
    const text = await answer.body.text();
    if (answer.statusCode !== 200 || !isRight(text)) done.failures += 1;
  } catch {
    done.failures += 1;
  }
  done.operations += 1;
  done.latenciesMs.push(performance.now() - startedMs);
}

/** Each connection sends its next request when it has its answer. */
function sendAsAnswered(request: (n: number) => Promise<void>): () => Promise<void> {
  let isOver = false;
  let sent = 0;
  const client = async () => {
    while (!isOver) await request(sent++);
  };
  const ended = Promise.all(Array.from({ length: CONNECTIONS }, client));
  return async () => {
    isOver = true;
    await ended;
  };
}

/** Requests are sent at a rate, whether those before are answered or not. */
function sendAt(perSecond: number, request: (n: number) => Promise<void>): () => Promise<void> {
  const open = new Set<Promise<void>>();
  const startedMs = performance.now();
  let sent = 0;
  const timer = setInterval(() => {
    for (const due = ((performance.now() - startedMs) / 1_000) * perSecond; sent < due; sent += 1) {
      const sending = request(sent).finally(() => open.delete(sending));
      open.add(sending);
    }
  }, 1);
  return async () => {
    clearInterval(timer);
    await Promise.all(open);
  };
}

async function stop(): Promise<void> {
  await end();
  end = async () => {};
}
