import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from './engine.ts';
import { EngineError } from './errors.ts';
import { programs, requireProgram } from './install.ts';
import { scrapeConfiguration } from './scrape-configuration.ts';
import { whoServes } from './web-server.ts';

const RETENTION = '7d';
const RELOAD_TIMEOUT_MS = 30_000;

/** The system's Prometheus, on a configuration file of its user. */
export const prometheus: Engine = {
  name: 'prometheus',
  title: 'Prometheus',
  ports: (port) => [port],
  address: (port) => `http://127.0.0.1:${port}`,
  dataFolder: async (place) => join(place.folder, 'data'),
  stopSignal: 'SIGTERM',

  async prepare(place, report) {
    const program = await requireProgram(programs.prometheus, report);
    await mkdir(place.folder, { recursive: true });
    const ownFile = join(place.folder, 'prometheus.yml');
    const { prometheusConfigFile = ownFile } = place.observed;
    if (prometheusConfigFile === ownFile)
      await writeFile(ownFile, scrapeConfiguration({ jobs: { prometheus: [`127.0.0.1:${place.port}`] } }));
    return {
      program,
      args: [
        `--config.file=${prometheusConfigFile}`,
        `--web.listen-address=127.0.0.1:${place.port}`,
        `--storage.tsdb.path=${join(place.folder, 'data')}`,
        `--storage.tsdb.retention.time=${RETENTION}`,
        '--web.enable-lifecycle',
        '--enable-feature=exemplar-storage',
      ],
      cwd: place.folder,
    };
  },

  whoAnswers: (port) => whoServes(port, `http://127.0.0.1:${port}/-/ready`),
};

/** Has a running Prometheus read its files anew. Rejects with `EngineError` `BAD_CONFIGURATION`; the files before then go on. */
export async function reloadPrometheus(prometheusUrl: string): Promise<void> {
  const answer = await fetch(`${prometheusUrl}/-/reload`, {
    method: 'POST',
    signal: AbortSignal.timeout(RELOAD_TIMEOUT_MS),
  });
  const text = (await answer.text()).trim();
  if (!answer.ok) throw new EngineError('BAD_CONFIGURATION', `Prometheus at ${prometheusUrl}: ${text}`);
}
