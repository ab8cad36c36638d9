import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess, untilReady } from '@tributary/e2e';
import { freePort } from '@tributary/engines';

export interface Embedded {
  /** Where everything is: GraphQL, WebSocket, REST and the pages. */
  readonly url: string;
  /** Where its metrics are. */
  readonly adminUrl: string;
  /** Ends the process and deletes its data. */
  discard(): Promise<void>;
}

/** Starts what `npm start` starts, on free ports and with data of its own, and waits until it is ready. */
export async function startEmbedded(...args: readonly string[]): Promise<Embedded> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-conformance-'));
  const [port, adminPort] = [await freePort(), await freePort()];
  const service = startProcess('standalone', 'standalone/src/main.ts', {}, [
    ...['--port', String(port), '--admin-port', String(adminPort), '--data', join(folder, 'stores')],
    ...args,
  ]);
  async function discard(): Promise<void> {
    await service.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
  try {
    await untilReady(service, adminPort);
  } catch (error) {
    await discard();
    throw error;
  }
  return { url: `http://127.0.0.1:${port}`, adminUrl: `http://127.0.0.1:${adminPort}`, discard };
}
