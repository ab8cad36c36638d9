import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { jaegerConfig, jaegerPorts } from './jaeger-config.ts';
import { installJaeger, JAEGER_TITLE } from './jaeger-install.ts';
import { whoServes } from './web-server.ts';

/** Jaeger v2 with its traces in memory: nothing is left of them after a stop. Its page is a placeholder. */
export const jaeger: Engine = {
  name: 'jaeger',
  title: JAEGER_TITLE,
  ports: (port) => Object.values(jaegerPorts(port)),
  address: (port) => `http://127.0.0.1:${port}`,
  dataFolder: async (place) => place.folder,
  stopSignal: 'SIGTERM',

  async prepare(place, report) {
    const program = await installJaeger(place.cacheFolder, report);
    await mkdir(place.folder, { recursive: true });
    const config = join(place.folder, 'jaeger.yaml');
    await writeFile(config, jaegerConfig(place.port));
    return { program, args: ['--config', config], cwd: place.folder };
  },

  // The API answers before the receivers do; the health is that of all.
  whoAnswers: (port) => whoServes(port, `http://127.0.0.1:${jaegerPorts(port).health}/status`),
};
