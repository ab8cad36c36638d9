import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { BenchProcess } from '../usage.ts';
import type { Variant } from './variants.ts';

/** The variable that names the folder in which each process listens for what is to be switched. */
export const SOCKETS = 'BENCH_SOCKETS';

/** The environment of services whose telemetry can be switched. */
export function switchable({ folder, collectorUrl }: { readonly folder: string; readonly collectorUrl: string }) {
  const options = [process.env.NODE_OPTIONS, `--import=${new URL('preload.ts', import.meta.url)}`];
  return {
    NODE_OPTIONS: options.filter(Boolean).join(' '),
    [SOCKETS]: folder,
    TRACES_EXPORTER: 'otlp',
    TRACES_ENDPOINT: collectorUrl,
    TRACES_SAMPLE_RATIO: '1',
    TRACES_KEEP: 'errors,slow',
  };
}

/** Has the processes go on as a variant says. */
export async function choose(processes: readonly BenchProcess[], folder: string, variant: Variant): Promise<void> {
  await Promise.all(processes.map((process) => post(process, folder, '/choose', JSON.stringify(variant))));
}

/** Has the processes send the spans that wait, or give them up. */
export async function flush(processes: readonly BenchProcess[], folder: string): Promise<void> {
  await Promise.all(processes.map((process) => post(process, folder, '/flush', '')));
}

async function post({ name, pid }: BenchProcess, folder: string, path: string, body: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  request({ socketPath: join(folder, `${pid}.sock`), path, method: 'POST' }, async (response) => {
    const answer = await text(response);
    if (response.statusCode === 200) resolve();
    else reject(new Error(`${name}: ${answer}`));
  })
    .once('error', reject)
    .end(body);
  await promise;
}
