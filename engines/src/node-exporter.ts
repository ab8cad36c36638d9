import { mkdir } from 'node:fs/promises';
import type { Engine } from './engine.ts';
import { programs, requireProgram } from './install.ts';
import { whoServes } from './web-server.ts';

/** The system's node_exporter: metrics of this machine. */
export const nodeExporter: Engine = {
  name: 'node-exporter',
  title: 'node_exporter',
  ports: (port) => [port],
  address: (port) => `http://127.0.0.1:${port}`,
  dataFolder: async (place) => place.folder,
  stopSignal: 'SIGTERM',

  async prepare(place, report) {
    const program = await requireProgram(programs.nodeExporter, report);
    await mkdir(place.folder, { recursive: true });
    return { program, args: [`--web.listen-address=127.0.0.1:${place.port}`], cwd: place.folder };
  },

  whoAnswers: (port) => whoServes(port, `http://127.0.0.1:${port}/`),
};
