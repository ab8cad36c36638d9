import { mkdir } from 'node:fs/promises';
import type { Engine } from './engine.ts';
import { programs, requireProgram } from './install.ts';
import { whoServes } from './web-server.ts';

/** The system's redis_exporter: metrics of one Redis, which need not run (`redis_up` 0). */
export const redisExporter: Engine = {
  name: 'redis-exporter',
  title: 'Redis exporter',
  ports: (port) => [port],
  address: (port) => `http://127.0.0.1:${port}`,
  dataFolder: async (place) => place.folder,
  stopSignal: 'SIGTERM',

  async prepare(place, report) {
    const program = await requireProgram(programs.redisExporter, report);
    await mkdir(place.folder, { recursive: true });
    return {
      program,
      args: ['-redis.addr', place.observed.exportedRedisUrl, '-web.listen-address', `127.0.0.1:${place.port}`],
      cwd: place.folder,
    };
  },

  whoAnswers: (port) => whoServes(port, `http://127.0.0.1:${port}/health`),
};
