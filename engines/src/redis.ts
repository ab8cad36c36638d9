import { mkdir } from 'node:fs/promises';
import { Redis } from 'ioredis';
import type { Engine } from './engine.ts';
import { programs, requireProgram } from './install.ts';

const asCache = ['--save', '', '--appendonly', 'no', '--maxmemory', '256mb', '--maxmemory-policy', 'allkeys-lru'];

/** The system's redis-server, as a cache: nothing on disk, bounded memory. */
export const redis: Engine = {
  name: 'redis',
  title: 'Redis',
  ports: (port) => [port],
  address: (port) => `redis://127.0.0.1:${port}`,
  dataFolder: async (place) => place.folder,
  stopSignal: 'SIGTERM',

  async prepare(place, report) {
    await requireProgram(programs.redis, report);
    await mkdir(place.folder, { recursive: true });
    return {
      program: 'redis-server',
      args: ['--bind', '127.0.0.1', '--port', String(place.port), ...asCache],
      cwd: place.folder,
    };
  },

  async whoAnswers(port) {
    const client = new Redis({
      host: '127.0.0.1',
      port,
      lazyConnect: true,
      connectTimeout: 1_000,
      commandTimeout: 2_000,
      retryStrategy: () => null,
      enableReadyCheck: false,
      disableClientInfo: true,
      disconnectTimeout: 100,
    });
    client.on('error', () => {}); // the rejected call says it
    try {
      await client.connect();
      const info = await client.info('server');
      return /process_id:(\d+)/.exec(info)?.[1] ?? 'a server that does not tell its process id';
    } finally {
      client.disconnect();
    }
  },
};
