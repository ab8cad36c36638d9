import type { Logger } from '@tributary/service';
import { Redis } from 'ioredis';
import { type ScriptedRedis, withScripts } from './scripts.ts';

export interface ConnectionOptions {
  url: string;
  /** What the connection is for, in the log. */
  purpose: string;
  /** How long a command may take, in milliseconds. */
  commandTimeoutMs: number;
  logger: Logger;
}

/** A connection that is there or not: no command waits for it. */
export interface Connection {
  readonly redis: ScriptedRedis;
  /**
   * The run of the server that it is connected to; null while there is none. A server that has been restarted, or replaced by
   * its replica, may hold states that are older than what its predecessor had accepted: keys that begin with the run are
   * never read by the next.
   */
  run(): string | null;
  close(): void;
}

const CONNECT_WITHIN_MS = 1_000;
const LONGEST_RECONNECT_MS = 1_000;

export function connect({ url, purpose, commandTimeoutMs, logger }: ConnectionOptions): Connection {
  const redis = withScripts(
    new Redis(url, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: commandTimeoutMs,
      connectTimeout: CONNECT_WITHIN_MS,
      retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, LONGEST_RECONNECT_MS),
      connectionName: `tributary-${purpose}`,
    }),
  );
  let run: string | null = null;
  let isTold = false;

  redis.on('ready', async () => {
    try {
      run = runOf(await redis.info('server'));
      if (isTold) logger.info({ purpose }, 'Redis is back');
      isTold = false;
    } catch (error) {
      logger.warn({ err: error, purpose }, 'Redis does not say who it is: connecting again');
      redis.disconnect(true);
    }
  });
  redis.on('close', () => {
    run = null;
    if (!isTold) logger.warn({ purpose }, 'Redis is away: products are read and written past the cache');
    isTold = true;
  });
  // What goes wrong shows in the commands; without a listener the library prints it.
  redis.on('error', (error) => logger.debug({ err: error, purpose }, 'Redis'));

  return {
    redis,
    run: () => run,
    close() {
      isTold = true;
      redis.disconnect();
    },
  };
}

function runOf(info: string): string {
  const [, run] = /^run_id:(\w+)/m.exec(info) ?? [];
  if (run === undefined) throw new Error('INFO has no run_id');
  return run;
}
