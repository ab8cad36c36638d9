import { Pool } from 'undici';
import { type Answer, ExchangeError, type ExchangeLimits, exchange } from './exchange.ts';

export interface ReplicasOptions extends ExchangeLimits {
  /** Where the subgraph's replicas answer GraphQL. */
  readonly urls: readonly string[];
  /** Connections per replica. */
  readonly connections: number;
}

export interface PostOptions<T> {
  /** The request may be sent again even when an earlier one may have arrived. */
  readonly repeatable: boolean;
  /** What the answer says; null when it is not the subgraph's own, but a proxy's or a stopping server's. */
  read(answer: Answer): T | null;
  /** Told of each failed attempt. */
  onFailure(url: string, error: ExchangeError): void;
}

/** The replicas of a subgraph, each with its pool of kept-alive connections. */
export interface Replicas {
  /**
   * Posts to the replicas in turn; those that just failed come last. A request that did not reach one, or that may be
   * repeated, goes on to the next.
   * @throws ExchangeError the last replica's failure.
   */
  post<T>(body: string, headers: Record<string, string>, options: PostOptions<T>): Promise<T>;
  /**
   * Keeps no connections from now on but those of requests under way. An operation that began before may still post:
   * it gets new ones.
   */
  retire(): void;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 1_000;
const KEEP_ALIVE_MS = 30_000;
/** How long a replica that failed is left alone while another answers. */
const AVOID_MS = 1_000;
/** Requests per connection, in flight or waiting, beyond which a new one is refused rather than queued. */
const QUEUE_PER_CONNECTION = 16;

export function createReplicas({ urls, connections, deadlineMs, maxResponseBytes }: ReplicasOptions): Replicas {
  const replicas = urls.map((url) => {
    const { origin, pathname, search } = new URL(url);
    return { url, origin, path: pathname + search, pool: null as Pool | null, inFlight: 0, avoidUntilMs: 0 };
  });
  type Replica = (typeof replicas)[number];
  let turn = 0;
  let isRetired = false;

  function poolOf(replica: Replica): Pool {
    replica.pool ??= new Pool(replica.origin, {
      connections,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      connect: { timeout: CONNECT_TIMEOUT_MS },
      // The exchange has one deadline of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return replica.pool;
  }

  function letGo(replica: Replica): void {
    void replica.pool?.close();
    replica.pool = null;
  }

  /** Those that failed lately last; of the others the least busy first, so that one that hangs gets no more; else in turn. */
  function inOrderOfTrust(): readonly Replica[] {
    if (replicas.length === 1) return replicas;
    turn = (turn + 1) % replicas.length;
    const rotated = [...replicas.slice(turn), ...replicas.slice(0, turn)];
    const now = Date.now();
    const isAvoided = (replica: Replica) => (replica.avoidUntilMs > now ? 1 : 0);
    return rotated.sort((a, b) => isAvoided(a) - isAvoided(b) || a.inFlight - b.inFlight);
  }

  async function postTo<T>(
    replica: Replica,
    body: string,
    headers: Record<string, string>,
    read: PostOptions<T>['read'],
    remainingMs: number,
  ): Promise<T> {
    if (replica.inFlight >= connections * QUEUE_PER_CONNECTION)
      throw new ExchangeError('CONNECTION', false, `${replica.inFlight} requests are under way already`);
    replica.inFlight += 1;
    try {
      const request = { path: replica.path, method: 'POST', headers, body } as const;
      const answer = await exchange(poolOf(replica), request, { deadlineMs: remainingMs, maxResponseBytes });
      const content = read(answer);
      if (content === null)
        // A server that is stopping says 503 to what it does not take on any more.
        throw new ExchangeError(
          'CONNECTION',
          answer.status !== 503,
          `an answer of status ${answer.status} that is not GraphQL`,
        );
      return content;
    } finally {
      replica.inFlight -= 1;
      if (isRetired && replica.inFlight === 0) letGo(replica);
    }
  }

  return {
    async post(body, headers, { repeatable, read, onFailure }) {
      const deadline = Date.now() + deadlineMs;
      const candidates = [...inOrderOfTrust()];
      let last: ExchangeError | undefined;
      let isFirst = true;
      for (let replica = candidates.shift(); replica; replica = candidates.shift()) {
        try {
          const content = await postTo(replica, body, headers, read, deadline - Date.now());
          replica.avoidUntilMs = 0;
          return content;
        } catch (error) {
          if (!(error instanceof ExchangeError)) throw error;
          last = error;
          onFailure(replica.url, error);
          if (error.code !== 'TOO_LARGE') replica.avoidUntilMs = Date.now() + AVOID_MS;
          if (error.code !== 'CONNECTION' || (error.sent && !repeatable)) break;
          // A kept-alive connection can close just when it is used: the only replica gets a second chance.
          if (isFirst && error.sent && candidates.length === 0) candidates.push(replica);
          isFirst = false;
        }
      }
      throw last ?? new ExchangeError('CONNECTION', false, 'no replica is configured');
    },
    retire() {
      isRetired = true;
      for (const replica of replicas) if (replica.inFlight === 0) letGo(replica);
    },
    async close() {
      await Promise.all(replicas.map((replica) => replica.pool?.close()));
    },
  };
}
