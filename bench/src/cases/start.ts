import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, untilReady } from '@tributary/e2e';
import { freePort } from '@tributary/engines';
import { type Case, median } from '../measurement.ts';

const LATER_STARTS = 3;

/** From the start of the process to ready, over embedded stores: with no data yet, and with data. */
export function startCases(): Case[] {
  return [
    {
      name: 'start, the first',
      run: async () => withFolder(async (data) => ({ p50Ms: await timedStart(data) })),
    },
    {
      name: 'start, a later one',
      run: () =>
        withFolder(async (data) => {
          await timedStart(data);
          const taken: number[] = [];
          for (let n = 0; n < LATER_STARTS; n += 1) taken.push(await timedStart(data));
          return { p50Ms: median(taken) };
        }),
    },
  ];
}

async function timedStart(data: string): Promise<number> {
  const [port, adminPort] = [await freePort(), await freePort()];
  const started = performance.now();
  const args = ['--port', String(port), '--admin-port', String(adminPort), '--data', data];
  const process = startProcess('standalone', 'standalone/src/main.ts', {}, args);
  await untilReady(process, adminPort);
  const taken = performance.now() - started;
  await process.stop();
  return taken;
}

async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
