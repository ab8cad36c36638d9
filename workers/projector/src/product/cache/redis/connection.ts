import { Redis } from 'ioredis';
import { type ScriptedRedis, withScripts } from './scripts.ts';

export interface ConnectionOptions {
  url: string;
  /** What the connection is for, as Redis lists it. */
  purpose: string;
  /** How long Redis may stay silent before the connection is given up, in milliseconds. */
  timeoutMs: number;
  /** It cannot be used from now on, or still not. */
  onAway(): void;
  onReady(): void;
}

/** A connection that is there or not: no command waits for it. */
export interface Connection {
  readonly redis: ScriptedRedis;
  /**
   * The run of the server that it is connected to; null while there is none. A server that has been restarted, or replaced by
   * its replica, may hold states that are older than what its predecessor had accepted: keys that begin with the run are
   * never read by the next. (Not `master_replid`: a server without replicas changes that while its clients stay connected,
   * who would then disagree about the keys.)
   */
  run(): string | null;
  /** Why there is no run, in words for an operator. */
  reason(): string;
  close(): void;
}

const CONNECT_WITHIN_MS = 1_000;
const LONGEST_RECONNECT_MS = 1_000;

/** Connects, again and again if need be, without waiting for it. */
export function connect({ url, purpose, timeoutMs, onAway, onReady }: ConnectionOptions): Connection {
  const redis = withScripts(
    new Redis(url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: timeoutMs,
      // Else a connection whose packets vanish would stay until the kernel gives up, after a quarter of an hour.
      socketTimeout: timeoutMs,
      connectTimeout: CONNECT_WITHIN_MS,
      retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, LONGEST_RECONNECT_MS),
      // The server has become a replica: whoever is the primary now may be found at the same address.
      reconnectOnError: ({ message }) => message.includes('READONLY'),
      connectionName: `tributary-${purpose}`,
    }),
  );
  let run: string | null = null;
  let reason = 'not connected yet';
  let reconnecting: NodeJS.Timeout | undefined;

  redis.on('ready', async () => {
    try {
      // The library asks the same for its ready check, but keeps no answer.
      run = runOf(await redis.info());
      reason = 'the connection was closed';
      onReady();
    } catch (error) {
      if (redis.status !== 'ready') return; // told by the close
      reason = messageOf(error);
      onAway();
      reconnecting = setTimeout(() => redis.disconnect(true), LONGEST_RECONNECT_MS);
    }
  });
  redis.on('error', (error) => {
    reason = messageOf(error);
  });
  redis.on('close', () => {
    run = null;
    clearTimeout(reconnecting);
    onAway();
  });

  return {
    redis,
    run: () => run,
    reason: () => reason,
    close() {
      redis.disconnect();
    },
  };
}

function runOf(info: string): string {
  const [, run] = /^run_id:(\w+)/m.exec(info) ?? [];
  if (run === undefined) throw new Error('INFO has no run_id');
  if (!/^role:master/m.test(info)) throw new Error('it is a replica');
  return run;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
