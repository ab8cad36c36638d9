import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@tributary/engines';
import { until } from '@tributary/service/testing';
import { Redis } from 'ioredis';

/** A Redis that belongs to one test, to be stopped, killed and frozen. It keeps a snapshot over a restart. */
export interface OwnRedis {
  url: string;
  start(): Promise<void>;
  /** Writes what it holds to disk, to come back with that. */
  save(): Promise<void>;
  kill(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void>;
  stop(): Promise<void>;
}

export async function ownRedis(): Promise<OwnRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | undefined;

  async function ask<T>(question: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
    redis.on('error', () => {}); // told by the question
    try {
      await redis.connect();
      return await question(redis);
    } finally {
      redis.disconnect();
    }
  }

  async function end(): Promise<void> {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  }

  return {
    url,
    async start() {
      server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''], {
        stdio: 'ignore',
      });
      await until('Redis answers', () =>
        ask((redis) => redis.ping()).then(
          () => true,
          () => false,
        ),
      );
    },
    save: () => ask((redis) => redis.save()).then(() => {}),
    async kill(signal) {
      if (signal === 'SIGKILL') await end();
      else server?.kill(signal);
    },
    async stop() {
      await end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
